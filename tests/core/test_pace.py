"""How long something takes, in words; nothing while it stands still."""

from __future__ import annotations

import datetime

import pytest

from clevertap_partners.core.pace import rows_a_second, time_left

WINDOW = datetime.timedelta(minutes=2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59.9, "less than a minute left"),
        (60, "about 1 min left"),
        (61, "about 2 min left"),
        (3540, "about 59 min left"),
        (3599.9, "about 1 h left"),
        (3660, "about 1 h 1 min left"),
        (7200, "about 2 h left"),
        (86_340, "about 23 h 59 min left"),
        (86_399.7, "about a day left"),
        (86_401, "more than a day left"),
    ],
)
def test_it_rounds_to_minutes_first(seconds: float, words: str) -> None:
    assert time_left(seconds) == words


@pytest.mark.parametrize(
    ("recent", "since", "speed"), [(0, 121, None), (0, 100, 5), (120, 600, 1), (0, 0.5, None)]
)
def test_what_stands_still_has_no_pace(recent: int, since: float, speed: float | None) -> None:
    age = datetime.timedelta(seconds=since)
    assert rows_a_second(recent=recent, window=WINDOW, all_rows=500, since=age) == speed
