from __future__ import annotations

import datetime
import zoneinfo

import pytest

from clevertap_partners.core.timing import clocks, until
from exports.timing import start_at

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
NOW = datetime.datetime(2026, 10, 24, 12, tzinfo=datetime.UTC)


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def test_an_ordinary_start_needs_no_words() -> None:
    start = start_at(at("2026-11-21T18:30"), BERLIN)
    assert (start.at, start.note) == (at("2026-11-21T17:30+00:00"), "")


def test_a_start_that_the_clock_leaves_out_is_as_much_later() -> None:
    start = start_at(at("2026-03-29T02:30"), BERLIN)
    assert start.at == at("2026-03-29T01:30+00:00")
    assert "starts at 03:30 and keeps to that time" in start.note


def test_a_start_that_comes_twice_is_the_first_of_the_two() -> None:
    start = start_at(at("2026-10-25T02:30"), BERLIN)
    assert start.at == at("2026-10-25T00:30+00:00")
    assert "the first of the two (UTC+02:00)" in start.note


def test_the_offset_shows_only_where_it_changes() -> None:
    days = [at("2026-10-24T22:00+00:00"), at("2026-10-25T23:00+00:00")]
    assert clocks(days[:1], BERLIN, NOW) == ["Sun 25 Oct, 00:00"]
    assert clocks(days, BERLIN, NOW) == [
        "Sun 25 Oct, 00:00 (UTC+02:00)",
        "Mon 26 Oct, 00:00 (UTC+01:00)",
    ]


def test_another_year_is_named() -> None:
    assert clocks([at("2027-07-01T10:00+00:00")], BERLIN, NOW) == ["Thu 1 Jul 2027, 12:00"]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "in a minute"),
        (1, "in a minute"),
        (59, "in 59 min"),
        (60, "in 1 h"),
        (192, "in 3 h 12 min"),
        (24 * 60, "in 1 d"),
        (3 * 24 * 60 + 61, "in 3 d 1 h"),
    ],
)
def test_how_long_it_takes_is_said_in_two_units(minutes: int, words: str) -> None:
    assert until(NOW + datetime.timedelta(minutes=minutes), NOW) == words
