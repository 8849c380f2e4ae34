"""Slots on the account's clock: daylight saving, left-out days, and no slot twice."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.schedule import INTERVALS_HOURS, Schedule

ZONES = sorted(zoneinfo.available_timezones())
HOUR = datetime.timedelta(hours=1)


def schedule(start: str, hours: int, zone: str) -> Schedule:
    info = zoneinfo.ZoneInfo(zone)
    return Schedule(datetime.datetime.fromisoformat(start).replace(tzinfo=info), hours, info)


def on_the_wall(plan: Schedule, after: str, count: int) -> list[str]:
    moment = datetime.datetime.fromisoformat(after).replace(tzinfo=plan.zone)
    slots = plan.upcoming(moment, count)
    return [f"{slot.astimezone(plan.zone):%d %H:%M %z}" for slot in slots]


def test_it_starts_at_its_start() -> None:
    plan = schedule("2026-11-23T00:00", 6, "Europe/Berlin")
    assert on_the_wall(plan, "2026-11-20T12:34", 2) == ["23 00:00 +0100", "23 06:00 +0100"]


def test_a_slot_is_not_its_own_next_one() -> None:
    plan = schedule("2026-11-23T00:00", 24, "UTC")
    assert plan.next_after(plan.starts_at) == plan.starts_at + 24 * HOUR


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # The night of 28 to 29 March 2026 has no hour from two to three.
        ("2026-03-28T22:30", ["29 00:30 +0100", "29 04:30 +0200", "29 08:30 +0200"]),
        # That of 24 to 25 October 2026 has it twice.
        ("2026-10-24T22:30", ["25 00:30 +0200", "25 04:30 +0100", "25 08:30 +0100"]),
    ],
)
def test_wall_times_stay_when_daylight_saving_begins_and_ends(
    after: str, expected: list[str]
) -> None:
    assert on_the_wall(schedule("2026-01-01T00:30", 4, "Europe/Berlin"), after, 3) == expected


def test_an_hour_that_is_left_out_moves_the_slot_by_as_much() -> None:
    plan = schedule("2026-03-01T02:30", 24, "Europe/Berlin")
    assert on_the_wall(plan, "2026-03-28T12:00", 2) == ["29 03:30 +0200", "30 02:30 +0200"]


def test_an_hour_that_comes_twice_runs_once() -> None:
    plan = schedule("2026-10-01T02:30", 24, "Europe/Berlin")
    assert on_the_wall(plan, "2026-10-24T12:00", 2) == ["25 02:30 +0200", "26 02:30 +0100"]


def test_a_day_that_is_left_out_altogether_has_no_slots_of_its_own() -> None:
    """Samoa had no 30 December 2011."""
    plan = schedule("2011-12-28T00:00", 24, "Pacific/Apia")
    assert on_the_wall(plan, "2011-12-28T12:00", 3) == [
        "29 00:00 -1000",
        "31 00:00 +1400",
        "01 00:00 +1400",
    ]


@given(
    zone=st.sampled_from(ZONES).map(zoneinfo.ZoneInfo),
    hours=st.sampled_from(INTERVALS_HOURS),
    start=st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2035, 1, 1)),
    later=st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=400)),
)
def test_slots_follow_each_other_and_none_is_left_out(
    zone: zoneinfo.ZoneInfo, hours: int, start: datetime.datetime, later: datetime.timedelta
) -> None:
    plan = Schedule(start.replace(tzinfo=zone), hours, zone)
    moment = plan.starts_at.astimezone(datetime.UTC) + later
    slots = plan.upcoming(moment, 8)
    assert moment < slots[0] and slots == sorted(set(slots))
    assert all(
        late - early <= (hours + 25) * HOUR for early, late in zip(slots, slots[1:], strict=False)
    )
    # Whichever moment between two slots is asked, the answer is the later one.
    for early, late in zip(slots, slots[1:], strict=False):
        assert plan.next_after(early + (late - early) / 2) == late
    walls = [slot.astimezone(zone).replace(tzinfo=None) for slot in slots]
    steps = {(wall - start) % (hours * HOUR) for wall in walls}
    # At most one change of the clock lies in so short a time, and it moves one slot at most a day.
    assert sum(step == datetime.timedelta(0) for step in steps) == 1
