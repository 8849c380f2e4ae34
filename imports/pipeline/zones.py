"""[pure] Between UTC and a zone's wall clock, for whole columns of seconds since 1970.

What the zone does on each day is asked of Python's own rules once; a column is then a matter of
looking up its days. Days beyond these two centuries are asked for one by one.
"""

from __future__ import annotations

import datetime
import functools
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

DAY = 86_400
FIRST_DAY = datetime.date(1900, 1, 1).toordinal() - datetime.date(1970, 1, 1).toordinal()
LAST_DAY = datetime.date(2100, 1, 1).toordinal() - datetime.date(1970, 1, 1).toordinal()
_EPOCH = datetime.datetime(1970, 1, 1)
_WEEK = 7

Offset = Callable[[int], int]


@dataclass(frozen=True)
class _Days:
    """For each day from FIRST_DAY on: the offset at its start, the second at which it changes
    (never: DAY), and the offset from then on."""

    before: pa.Array
    change: pa.Array
    after: pa.Array
    # The one offset of all days, where there is no other.
    only: int | None


def to_local(seconds: pa.Array, zone: zoneinfo.ZoneInfo) -> pa.Array:
    """Seconds of the wall clock that shows UTC's `seconds`."""
    return pc.add(seconds, _offsets(seconds, zone, _days_of_utc, _offset_of_utc))


def to_utc(seconds: pa.Array, zone: zoneinfo.ZoneInfo) -> pa.Array:
    """Seconds of UTC when the wall clock shows `seconds`.

    As Python has it: of a time that comes twice the first, and one that is skipped counts by the
    offset before the gap.
    """
    return pc.subtract(seconds, _offsets(seconds, zone, _days_of_local, _offset_of_local))


def day_of(seconds: pa.Array) -> pa.Array:
    """Days since 1970, also before it."""
    rest = pc.if_else(pc.less(seconds, 0), DAY - 1, 0)
    return pc.divide(pc.subtract(seconds, rest), DAY)


def _offsets(
    seconds: pa.Array,
    zone: zoneinfo.ZoneInfo,
    days_of: Callable[[zoneinfo.ZoneInfo], _Days],
    offset_of: Callable[[zoneinfo.ZoneInfo, int], int],
) -> pa.Array | int:
    known = days_of(zone)
    day = day_of(seconds)
    strange = pc.or_(pc.less(day, FIRST_DAY), pc.greater_equal(day, LAST_DAY))
    if pc.any(strange).as_py():
        return _offsets_one_by_one(seconds, functools.partial(offset_of, zone))
    if known.only is not None:
        return known.only
    place = pc.subtract(day, FIRST_DAY)
    second = pc.subtract(seconds, pc.multiply(day, DAY))
    early = pc.less(second, known.change.take(place))
    return pc.if_else(early, known.before.take(place), known.after.take(place))


def _offsets_one_by_one(seconds: pa.Array, offset: Offset) -> pa.Array:
    spelled = pc.dictionary_encode(seconds)
    offsets = [None if each is None else offset(each) for each in spelled.dictionary.to_pylist()]
    return pa.array(offsets, pa.int64()).take(spelled.indices)


@functools.lru_cache(maxsize=32)
def _days_of_utc(zone: zoneinfo.ZoneInfo) -> _Days:
    return _days(functools.partial(_offset_of_utc, zone))


@functools.lru_cache(maxsize=32)
def _days_of_local(zone: zoneinfo.ZoneInfo) -> _Days:
    return _days(functools.partial(_offset_of_local, zone))


def _offset_of_utc(zone: zoneinfo.ZoneInfo, second: int) -> int:
    moment = (_EPOCH + datetime.timedelta(seconds=second)).replace(tzinfo=datetime.UTC)
    try:
        return _seconds(moment.astimezone(zone).utcoffset())
    except OverflowError:
        # The first and the last day of the calendar, seen from afar.
        return 0


def _offset_of_local(zone: zoneinfo.ZoneInfo, second: int) -> int:
    return _seconds(zone.utcoffset(_EPOCH + datetime.timedelta(seconds=second)))


def _seconds(offset: datetime.timedelta | None) -> int:
    return 0 if offset is None else int(offset.total_seconds())


def _days(offset: Offset) -> _Days:
    before, change = [], []
    current, week_end = offset(FIRST_DAY * DAY), FIRST_DAY
    for day in range(FIRST_DAY, LAST_DAY):
        before.append(current)
        if day >= week_end:
            # Most weeks begin and end alike, as do their days: no zone goes back within a week.
            week_end = day + _WEEK
            is_quiet = offset(week_end * DAY) == current
        tomorrow = current if is_quiet else offset((day + 1) * DAY)
        change.append(DAY if tomorrow == current else _first_change(day * DAY, current, offset))
        current = tomorrow
    after = [*before[1:], current]
    return _Days(
        before=pa.array(before, pa.int64()),
        change=pa.array(change, pa.int64()),
        after=pa.array(after, pa.int64()),
        only=current if len(set(after) | set(before)) == 1 else None,
    )


def _first_change(start: int, before: int, offset: Offset) -> int:
    """The second of the day at which the offset is another one; a day has one change."""
    low, high = 0, DAY
    while high - low > 1:
        middle = (low + high) // 2
        if offset(start + middle) == before:
            low = middle
        else:
            high = middle
    return high
