from __future__ import annotations

from clevertap_partners.core.charts import HEIGHT, chart, share


def test_the_highest_bar_is_as_high_as_the_chart_and_the_others_are_in_proportion() -> None:
    drawn = chart("Rows", "rows", [("a", 50), ("b", 200), ("c", 0)])
    assert drawn.peak == 200
    assert [bar.height for bar in drawn.bars] == [25, HEIGHT, 0]
    assert [bar.y for bar in drawn.bars] == [75, 0, HEIGHT]
    assert drawn.last_label == "c"


def test_what_is_there_at_all_can_be_seen() -> None:
    assert share(1, 1_000_000_000) == 1


def test_every_bar_lies_within_the_chart() -> None:
    drawn = chart("Rows", "rows", [(str(number), number) for number in range(31)])
    assert all(bar.x >= 0 and bar.x + bar.width <= drawn.width for bar in drawn.bars)


def test_no_values_make_an_empty_chart() -> None:
    drawn = chart("Rows", "rows", [])
    assert (drawn.bars, drawn.peak, drawn.last_label) == ((), 0, "")
