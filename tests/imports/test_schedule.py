"""When imports run, through every change of a clock."""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.schedule import first_slot, instant, next_slot, slots_after, upcoming
from imports.schedule_words import in_words

UTC = datetime.UTC
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "America/Scoresbysund",
        "Africa/Casablanca",
    ]
).map(zoneinfo.ZoneInfo)
MOMENTS = st.datetimes(
    datetime.datetime(2010, 1, 1), datetime.datetime(2035, 1, 1), timezones=st.just(UTC)
).map(lambda moment: moment.replace(microsecond=0))
TIMES = st.times().map(lambda time: f"{time:%H:%M}")


def at(text: str, zone: zoneinfo.ZoneInfo = BERLIN) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)


def walls(slots: list[datetime.datetime], zone: zoneinfo.ZoneInfo = BERLIN) -> list[str]:
    return [f"{slot.astimezone(zone):%Y-%m-%d %H:%M}" for slot in slots]


def custom(days_of: str, *entries: tuple[int | str, str]) -> dict[str, Any]:
    return {
        "days_of": days_of,
        "entries": [{"day": day, "time": time} for day, time in entries],
    }


def every(count: int, unit: str, anchor: datetime.datetime) -> dict[str, Any]:
    return {"every": count, "unit": unit, "anchor": anchor.astimezone(UTC).isoformat()}


def test_it_counts_hours_as_they_pass() -> None:
    schedule = every(6, "hours", at("2026-03-28T20:10"))
    slots = slots_after("interval", schedule, BERLIN, after=at("2026-03-28T21:00"), count=3)
    assert walls(slots) == ["2026-03-29 03:10", "2026-03-29 09:10", "2026-03-29 15:10"]


def test_it_keeps_the_wall_time_of_days_when_the_clock_changes() -> None:
    schedule = every(1, "days", at("2026-03-27T09:15"))
    slots = slots_after("interval", schedule, BERLIN, after=at("2026-03-27T09:15"), count=3)
    assert walls(slots) == ["2026-03-28 09:15", "2026-03-29 09:15", "2026-03-30 09:15"]
    assert slots[1] - slots[0] == datetime.timedelta(hours=23)


def test_a_time_that_the_clock_leaves_out_becomes_the_next_one_that_exists() -> None:
    schedule = custom("week", (6, "02:30"))
    slots = slots_after("custom", schedule, BERLIN, after=at("2026-03-23T00:00"), count=2)
    assert walls(slots) == ["2026-03-29 03:00", "2026-04-05 02:30"]


def test_two_times_that_are_left_out_together_are_one_run() -> None:
    schedule = custom("week", (6, "02:15"), (6, "02:45"), (6, "03:00"))
    slots = slots_after("custom", schedule, BERLIN, after=at("2026-03-28T00:00"), count=2)
    assert walls(slots) == ["2026-03-29 03:00", "2026-04-05 02:15"]


def test_a_time_that_comes_twice_runs_once() -> None:
    schedule = custom("week", (6, "01:30"))
    slots = slots_after("custom", schedule, NEW_YORK, after=at("2026-10-30T00:00"), count=2)
    assert [slot.isoformat() for slot in slots] == [
        "2026-11-01T05:30:00+00:00",
        "2026-11-08T06:30:00+00:00",
    ]


def test_a_day_that_is_left_out_altogether_runs_as_the_next_begins() -> None:
    apia = zoneinfo.ZoneInfo("Pacific/Apia")
    schedule = every(1, "days", at("2011-12-28T10:00", apia))
    slots = slots_after("interval", schedule, apia, after=at("2011-12-28T10:00", apia), count=3)
    assert walls(slots, apia) == ["2011-12-29 10:00", "2011-12-31 00:00", "2011-12-31 10:00"]


def test_the_31st_is_skipped_in_months_without_one() -> None:
    schedule = custom("month", (31, "06:00"))
    slots = slots_after("custom", schedule, BERLIN, after=at("2027-01-31T06:00"), count=3)
    assert walls(slots) == ["2027-03-31 06:00", "2027-05-31 06:00", "2027-07-31 06:00"]


def test_the_last_day_is_that_of_every_month() -> None:
    schedule = custom("month", ("last", "23:59"), (1, "00:00"))
    slots = slots_after("custom", schedule, BERLIN, after=at("2028-02-15T00:00"), count=4)
    assert walls(slots) == [
        "2028-02-29 23:59",
        "2028-03-01 00:00",
        "2028-03-31 23:59",
        "2028-04-01 00:00",
    ]


def test_a_date_of_ones_choice_comes_once() -> None:
    schedule = {"when": "at", "at": "2026-11-22T10:00"}
    slot = next_slot("manual", schedule, BERLIN, after=at("2026-11-22T09:59"))
    assert slot == at("2026-11-22T10:00")
    assert next_slot("manual", schedule, BERLIN, after=at("2026-11-22T10:00")) is None


@pytest.mark.parametrize("when", ["now", "later"])
def test_what_runs_by_hand_has_no_slots(when: str) -> None:
    assert next_slot("manual", {"when": when}, BERLIN, after=at("2026-11-22T10:00")) is None


def test_the_first_run_of_each_kind() -> None:
    now = at("2026-11-22T10:00").astimezone(UTC)  # a Sunday
    assert first_slot("interval", {"every": 2, "unit": "hours"}, BERLIN, now=now) == now
    assert first_slot("manual", {"when": "now"}, BERLIN, now=now) == now
    assert first_slot("manual", {"when": "later"}, BERLIN, now=now) is None
    dated = {"when": "at", "at": "2026-11-23T08:00"}
    assert first_slot("manual", dated, BERLIN, now=now) == at("2026-11-23T08:00")
    passed = {"when": "at", "at": "2026-11-22T09:00"}
    assert first_slot("manual", passed, BERLIN, now=now) == now
    mondays = custom("week", (0, "08:00"))
    assert first_slot("custom", mondays, BERLIN, now=now) == at("2026-11-23T08:00")


def test_upcoming_runs_begin_with_the_first_one() -> None:
    now = at("2026-11-22T10:00")
    hours = upcoming("interval", {"every": 2, "unit": "hours"}, BERLIN, now=now, count=3)
    assert walls(hours) == ["2026-11-22 10:00", "2026-11-22 12:00", "2026-11-22 14:00"]
    assert walls(upcoming("manual", {"when": "now"}, BERLIN, now=now, count=3)) == [
        "2026-11-22 10:00"
    ]
    assert upcoming("manual", {"when": "later"}, BERLIN, now=now, count=3) == []


@pytest.mark.parametrize(
    ("frequency", "schedule", "words"),
    [
        ("interval", {"every": 1, "unit": "hours"}, "Every hour"),
        ("interval", {"every": 15, "unit": "minutes"}, "Every 15 minutes"),
        (
            "custom",
            custom("week", (4, "09:00"), (0, "09:00"), (6, "18:30")),
            "Every Monday and Friday at 09:00, every Sunday at 18:30",
        ),
        ("custom", custom("week", *((day, "07:00") for day in range(7))), "Every day at 07:00"),
        (
            "custom",
            custom("month", ("last", "06:00"), (1, "06:00"), (22, "06:00"), (13, "06:00")),
            "On the 1st, the 13th, the 22nd and the last day of each month at 06:00",
        ),
        ("manual", {"when": "later"}, "By hand"),
        ("manual", {"when": "at", "at": "2026-11-05T08:00"}, "Once, on 5 Nov 2026 at 08:00"),
        ("", {}, ""),
    ],
)
def test_a_schedule_in_words(frequency: str, schedule: dict[str, Any], words: str) -> None:
    assert in_words(frequency, schedule) == words


@given(
    zone=ZONES,
    wall=st.datetimes(datetime.datetime(2010, 1, 1), datetime.datetime(2035, 1, 1)),
)
def test_an_instant_is_the_first_moment_at_or_after_its_wall_time(
    zone: zoneinfo.ZoneInfo, wall: datetime.datetime
) -> None:
    wall = wall.replace(microsecond=0)
    moment = instant(wall, zone)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    assert shown >= wall
    # A second earlier the clock had not come so far yet.
    earlier = (moment - datetime.timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert earlier < wall


@settings(deadline=None)
@given(
    zone=ZONES,
    anchor=MOMENTS,
    count=st.integers(1, 40),
    unit=st.sampled_from(["days", "weeks", "hours", "minutes"]),
    later=st.timedeltas(datetime.timedelta(-3), datetime.timedelta(days=800)),
)
def test_intervals_skip_nothing_and_double_nothing(
    zone: zoneinfo.ZoneInfo,
    anchor: datetime.datetime,
    count: int,
    unit: str,
    later: datetime.timedelta,
) -> None:
    schedule = every(count, unit, anchor)
    after = anchor + later
    slots = slots_after("interval", schedule, zone, after=after, count=4)
    assert len(slots) == 4
    assert all(one < two for one, two in itertools.pairwise([after, *slots]))
    # From just before a slot, that slot is the next one: none lies in between.
    for slot in slots:
        before = slot - datetime.timedelta(seconds=1)
        assert next_slot("interval", schedule, zone, after=before) == slot
    if unit in {"days", "weeks"}:
        wall = anchor.astimezone(zone).replace(tzinfo=None)
        step = datetime.timedelta(**{unit: count})
        numbers = [
            round((slot.astimezone(zone).replace(tzinfo=None) - wall) / step) for slot in slots
        ]
        assert slots == [
            anchor if number == 0 else instant(wall + number * step, zone) for number in numbers
        ]


@settings(deadline=None)
@given(
    zone=ZONES,
    after=MOMENTS,
    entries=st.lists(st.tuples(st.one_of(st.integers(1, 31), st.just("last")), TIMES), min_size=1),
)
def test_custom_slots_are_those_of_a_calendar_that_is_walked_day_by_day(
    zone: zoneinfo.ZoneInfo, after: datetime.datetime, entries: list[tuple[int | str, str]]
) -> None:
    expected = set()
    day = after.astimezone(zone).date() - datetime.timedelta(days=3)
    for _ in range(75):
        next_day = day + datetime.timedelta(days=1)
        for wanted, time in entries:
            if wanted == day.day or (wanted == "last" and next_day.month != day.month):
                wall = datetime.datetime.combine(day, datetime.time.fromisoformat(time))
                expected.add(instant(wall, zone))
        day = next_day
    first = min(slot for slot in expected if slot > after)
    assert next_slot("custom", custom("month", *entries), zone, after=after) == first
