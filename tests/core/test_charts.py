from __future__ import annotations

import pytest

from clevertap_partners.core.charts import (
    BASE,
    HEIGHT,
    LEAST,
    TOP,
    Chart,
    Series,
    Spot,
    chart,
    share_text,
)
from clevertap_partners.core.scales import scale, tick_text
from clevertap_partners.core.share_charts import Share, share_chart


def spots(count: int) -> list[Spot]:
    return [Spot(f"Day {number}", f"{number}") for number in range(count)]


def drawn(*values: int) -> Chart:
    return chart("rows", "Rows", "rows", spots(len(values)), [Series("good", "Rows", values)])


def heights(of: Chart) -> list[float]:
    return [float(mark.parts[0].height) for mark in of.marks]


def percents(*texts: str) -> list[float]:
    return [float(text.removesuffix("%")) for text in texts]


def test_bars_are_in_proportion_and_stand_on_the_base() -> None:
    found = drawn(50, 200, 0)
    assert heights(found) == [HEIGHT / 4, HEIGHT, 0]
    assert float(found.marks[1].parts[0].y) == TOP
    assert float(found.marks[2].parts[0].y) == BASE
    assert found.highest is not None
    assert found.highest.label == "Day 1"


def test_what_is_there_at_all_can_be_seen_beside_a_single_huge_value() -> None:
    assert heights(drawn(1, 10**15)) == [LEAST, HEIGHT]


@pytest.mark.parametrize("count", [1, 2, 31, 366])
def test_every_bar_and_label_lies_within_the_chart(count: int) -> None:
    found = drawn(*range(count))
    slot, bar = percents(found.slot, found.bar)
    for mark in found.marks:
        x, bar_x = percents(mark.x, mark.bar_x)
        assert 0 <= x <= bar_x
        assert bar_x + bar <= x + slot + 0.01 <= 100.1
    assert 1 <= len(found.labels) <= 6
    assert all(0 < percents(label.x)[0] < 100 for label in found.labels)


def test_parts_of_a_bar_stand_on_each_other() -> None:
    series = [Series("good", "Imported", [75]), Series("bad", "Failed", [25])]
    (mark,) = chart("rows", "Rows", "rows", spots(1), series).marks
    good, bad = mark.parts
    assert float(bad.y) + float(bad.height) == float(good.y)
    assert float(good.height) == 3 * float(bad.height)
    assert mark.total == 100


@pytest.mark.parametrize("values", [(), (0, 0)])
def test_nothing_makes_a_chart_without_a_highest_bar(values: tuple[int, ...]) -> None:
    assert drawn(*values).highest is None


@pytest.mark.parametrize(
    ("peak", "ticks"),
    [
        (0, (0, 1)),
        (3, (0, 1, 2, 3)),
        (7, (0, 2, 4, 6, 8)),
        (100, (0, 50, 100)),
        (101, (0, 50, 100, 150)),
        (1_234_567, (0, 500_000, 1_000_000, 1_500_000)),
    ],
)
def test_ticks_are_round_and_reach_the_peak(peak: int, ticks: tuple[int, ...]) -> None:
    assert scale(peak) == ticks


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "bytes", "0"),
        (500, "rows", "500"),
        (1_500_000, "rows", "1.5 M"),
        (1_500_000, "bytes", "1.5 MB"),
        (1_500 * 10**12, "rows", "1,500 tn"),
        (50, "percent", "50 %"),
    ],
)
def test_ticks_are_short(value: int, unit: str, text: str) -> None:
    assert tick_text(value, unit) == text


def test_a_line_of_shares_breaks_where_there_is_nothing_to_judge() -> None:
    shares = [
        Share("success", "100 %", 10_000),
        Share("warning", "50 %", 5_000),
        Share("neutral", "nothing new", None),
        Share("danger", "0 %", 0),
    ]
    found = share_chart("health", "Health", spots(4), shares)
    assert [point.y for point in found.points] == [
        f"{TOP:.1f}", f"{TOP + HEIGHT / 2:.1f}", "", f"{BASE:.1f}",
    ]  # fmt: skip
    assert len(found.segments) == 1


def test_a_bar_in_a_table_is_a_share_of_the_longest_that_can_be_seen() -> None:
    assert [share_text(value, 200) for value in (0, 1, 50, 200)] == [
        "0.000%", "0.500%", "25.000%", "100.000%",
    ]  # fmt: skip
