"""[pure] When an import runs by itself, on the clock of its account.

Minutes and hours are counted as they pass. Days, weeks and custom times are wall times: a run at
nine stays at nine when daylight saving begins or ends. A wall time that is left out that day
becomes the next moment that exists; one that comes twice is its first time only.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator
from itertools import islice
from typing import Any

INTERVAL, CUSTOM, MANUAL = "interval", "custom", "manual"
UNITS: dict[str, datetime.timedelta] = {
    "minutes": datetime.timedelta(minutes=1),
    "hours": datetime.timedelta(hours=1),
    "days": datetime.timedelta(days=1),
    "weeks": datetime.timedelta(weeks=1),
}
MIN_INTERVAL = datetime.timedelta(minutes=15)
MAX_INTERVAL = datetime.timedelta(days=366)
WEEK, MONTH = "week", "month"
LAST_DAY = "last"
NOW, AT, LATER = "now", "at", "later"

_SECOND = datetime.timedelta(seconds=1)
_DAY = datetime.timedelta(days=1)
# No clock has ever been changed by more than a day.
_REACH = 2 * _DAY
# Two months that have a 31st are 62 days apart at most; the rest is for clocks that jump.
_DAYS_AHEAD = 70


def next_slot(
    frequency: str, schedule: dict[str, Any], zone: zoneinfo.ZoneInfo, *, after: datetime.datetime
) -> datetime.datetime | None:
    """The first slot later than `after`, in UTC; None when there is none by itself."""
    after = after.astimezone(datetime.UTC)
    later = (slot for slot in _slots(frequency, schedule, zone, after) if slot > after)
    return next(later, None)


def first_slot(
    frequency: str, schedule: dict[str, Any], zone: zoneinfo.ZoneInfo, *, now: datetime.datetime
) -> datetime.datetime | None:
    """When the first run begins, in UTC: `now` for at once, None where somebody starts it.

    A single date that has passed meanwhile means at once, too.
    """
    if frequency == MANUAL and schedule["when"] == LATER:
        return None
    slot = None if frequency == INTERVAL else next_slot(frequency, schedule, zone, after=now)
    return slot or now.astimezone(datetime.UTC)


def upcoming(
    frequency: str,
    schedule: dict[str, Any],
    zone: zoneinfo.ZoneInfo,
    *,
    now: datetime.datetime,
    count: int,
) -> list[datetime.datetime]:
    """The first `count` runs of an import that is submitted now; fewer when no more are to come."""
    first = first_slot(frequency, schedule, zone, now=now)
    if first is None:
        return []
    anchored = {**schedule, "anchor": first.isoformat()}
    return [first, *slots_after(frequency, anchored, zone, after=first, count=count - 1)]


def slots_after(
    frequency: str,
    schedule: dict[str, Any],
    zone: zoneinfo.ZoneInfo,
    *,
    after: datetime.datetime,
    count: int,
) -> list[datetime.datetime]:
    """The first `count` slots later than `after`; fewer when no more are to come."""

    def following() -> Iterator[datetime.datetime]:
        slot = next_slot(frequency, schedule, zone, after=after)
        while slot:
            yield slot
            slot = next_slot(frequency, schedule, zone, after=slot)

    return list(islice(following(), count))


def instant(wall: datetime.datetime, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """The moment of a wall time, in UTC; the end of the gap where the clock leaves it out."""
    moment = wall.replace(tzinfo=zone).astimezone(datetime.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # In a gap, the two readings of the wall time lie on either side of the clock's change.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(datetime.UTC)
    return _change_between(before, moment, zone)


def _change_between(
    before: datetime.datetime, after: datetime.datetime, zone: zoneinfo.ZoneInfo
) -> datetime.datetime:
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _slots(
    frequency: str, schedule: dict[str, Any], zone: zoneinfo.ZoneInfo, after: datetime.datetime
) -> Iterator[datetime.datetime]:
    """Slots in order, from shortly before `after` on."""
    if frequency == INTERVAL:
        return _interval_slots(schedule, zone, after)
    if frequency == CUSTOM:
        return _custom_slots(schedule, zone, after)
    if frequency == MANUAL and schedule["when"] == AT:
        return iter([instant(datetime.datetime.fromisoformat(schedule["at"]), zone)])
    return iter(())


def _interval_slots(
    schedule: dict[str, Any], zone: zoneinfo.ZoneInfo, after: datetime.datetime
) -> Iterator[datetime.datetime]:
    anchor = datetime.datetime.fromisoformat(schedule["anchor"]).astimezone(datetime.UTC)
    step = interval(schedule)
    number = max(0, (after - _REACH - anchor) // step)
    if schedule["unit"] in {"minutes", "hours"}:
        while True:
            yield anchor + number * step
            number += 1
    start = anchor.astimezone(zone).replace(tzinfo=None)
    while True:
        # The clock was right at the anchor, even the second time round.
        yield instant(start + number * step, zone) if number else anchor
        number += 1


def interval(schedule: dict[str, Any]) -> datetime.timedelta:
    return int(schedule["every"]) * UNITS[schedule["unit"]]


def _custom_slots(
    schedule: dict[str, Any], zone: zoneinfo.ZoneInfo, after: datetime.datetime
) -> Iterator[datetime.datetime]:
    first = after.astimezone(zone).date() - _REACH
    for number in range(_DAYS_AHEAD):
        day = first + number * _DAY
        times = {
            datetime.time.fromisoformat(entry["time"])
            for entry in schedule["entries"]
            if _falls_on(entry["day"], schedule["days_of"], day)
        }
        for time in sorted(times):
            yield instant(datetime.datetime.combine(day, time), zone)


def _falls_on(wanted: int | str, days_of: str, day: datetime.date) -> bool:
    if days_of == WEEK:
        return day.weekday() == wanted
    if wanted == LAST_DAY:
        return (day + _DAY).day == 1
    return day.day == wanted
