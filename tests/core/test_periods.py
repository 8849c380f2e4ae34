from __future__ import annotations

import datetime

import pytest

from clevertap_partners.core.periods import PERIODS, unbroken

FIRST = datetime.date(2026, 1, 1)
DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("key", "last", "count"),
    [("day", FIRST + 5 * DAY, 6), ("week", FIRST + 21 * DAY, 4), ("month", FIRST + 365 * DAY, 13)],
)
def test_gaps_are_filled(key: str, last: datetime.date, count: int) -> None:
    days, is_whole = unbroken(PERIODS[key], [FIRST, last])
    assert is_whole
    assert (days[0], days[-1], len(days)) == (FIRST, last, count)


def test_a_day_of_long_ago_does_not_press_the_others_into_a_corner() -> None:
    apart = [datetime.date(2001, 1, 1), FIRST, FIRST + DAY]
    assert unbroken(PERIODS["day"], apart) == (apart, False)


def test_no_days_have_no_gaps() -> None:
    assert unbroken(PERIODS["day"], []) == ([], True)


def test_a_period_is_named_in_full_and_short() -> None:
    assert PERIODS["day"].spot(FIRST).label == "Thu 1 Jan 2026"
    assert PERIODS["month"].spot(FIRST).label == "January 2026"
    assert PERIODS["week"].spot(FIRST).short == "1 Jan"
