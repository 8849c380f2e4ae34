"""[pure] When an event happened: in UTC, and by the account's clock."""

from __future__ import annotations

import datetime
import zoneinfo
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from clevertap_partners.eventstore.canonical import FIRST_TS, LAST_TS
from imports import row_faults as faults
from imports.pipeline import zones
from imports.pipeline.dates import floor_divide, read_seconds
from imports.pipeline.reading import Read, Wrong

MICRO = 1_000_000
# Clocks differ, and dates without a time know no zone; later than this is a mistake.
MAX_AHEAD = datetime.timedelta(days=1)
_CODES = {
    faults.DATE_FORMAT: faults.CREATED_ON_FORMAT,
    faults.DATE_OUT_OF_RANGE: faults.CREATED_ON_OUT_OF_RANGE,
}


@dataclass(frozen=True)
class LocalTimes:
    """The account's day and yyyyMMddHHmmss of moments."""

    day: pa.Array
    ts: pa.Array


def read_created_on(
    column: pa.Array, form: str, zone: zoneinfo.ZoneInfo, captured_at: datetime.datetime
) -> Read:
    """Microseconds since 1970 UTC of a plain column; none is null unless the row is wrong."""
    found = read_seconds(column, form, zone)
    found = Read(found.values, tuple(Wrong(_CODES[each.code], each.rows) for each in found.wrong))
    found = found.refusing(faults.CREATED_ON_NULL, pc.is_null(column))
    seconds = found.values
    outside = pc.or_(pc.less(seconds, FIRST_TS), pc.greater_equal(seconds, LAST_TS))
    found = found.refusing(faults.CREATED_ON_OUT_OF_RANGE, outside)
    latest = int((captured_at + MAX_AHEAD).timestamp())
    found = found.refusing(faults.CREATED_ON_IN_FUTURE, pc.greater(found.values, latest))
    return found.with_values(pc.add(pc.multiply(found.values, MICRO), _below_seconds(column)))


def local_times(micros: pa.Array, zone: zoneinfo.ZoneInfo) -> LocalTimes:
    """By the zone's rules; the moments are in the years that events may have."""
    seconds = zones.to_local(pc.divide(micros, MICRO), zone)
    number = pc.divide(seconds, zones.DAY)
    day = number.cast(pa.int32()).cast(pa.date32())
    rest = pc.subtract(seconds, pc.multiply(number, zones.DAY))
    minutes = pc.divide(rest, 60)
    hours = pc.divide(minutes, 60)
    # 12:34:56 is 123456: each step up leaves out 40 of a hundred.
    clock = pc.add(pc.add(rest, pc.multiply(minutes, 40)), pc.multiply(hours, 4_000))
    date = pc.add(
        pc.add(pc.multiply(pc.year(day), 10_000), pc.multiply(pc.month(day), 100)), pc.day(day)
    )
    return LocalTimes(day=day, ts=pc.add(pc.multiply(date, MICRO), clock))


def _below_seconds(column: pa.Array) -> pa.Array | int:
    if not pat.is_timestamp(column.type):
        return 0
    micros = column.cast(pa.timestamp("us", column.type.tz), safe=False).view(pa.int64())
    return pc.subtract(micros, pc.multiply(floor_divide(micros, MICRO), MICRO))
