from __future__ import annotations

import pytest

from clevertap_partners.core.changes import LONGEST, differences


def test_only_what_differs_is_told() -> None:
    assert differences({"A": 1, "B": "x"}, {"A": 1, "B": "y"}) == {"B": ["x", "y"]}


def test_what_comes_or_goes_is_empty_on_the_other_side() -> None:
    assert differences({"A": 1}, {"B": None, "C": 2}) == {"A": ["1", ""], "C": ["", "2"]}


def test_values_are_written_as_people_read_them() -> None:
    assert differences({"On": True, "Names": ["a", "b"]}, {"On": False, "Names": ()}) == {
        "On": ["on", "off"],
        "Names": ["a, b", ""],
    }


def test_long_texts_are_shortened_but_still_compared_whole() -> None:
    found = differences({"SQL": "x" * 999}, {"SQL": "y" * 999})
    assert [len(text) for text in found["SQL"]] == [LONGEST, LONGEST]


@pytest.mark.parametrize("alike", [250, 290, 299, 300, 301, 5_000])
def test_long_texts_are_shown_from_where_they_differ(alike: int) -> None:
    found = differences(
        {"SQL": "x" * alike + "before" + "z" * 999}, {"SQL": "x" * alike + "after" + "z" * 999}
    )
    old, new = found["SQL"]
    assert "xbeforez" in old
    assert "xafterz" in new
    assert max(len(old), len(new)) <= LONGEST


def test_an_end_that_was_added_is_seen() -> None:
    old, new = differences({"SQL": "x" * 999}, {"SQL": "x" * 999 + "y"})["SQL"]
    assert old != new
    assert new.endswith("xy")
