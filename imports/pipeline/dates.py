"""[pure] Moments out of columns of any kind, as seconds since 1970 UTC, in years 1 to 9999.

Texts are read by their bytes: all values of a column that have the right length lie next to each
other, so that a digit's place in all of them is one column of numbers.
"""

from __future__ import annotations

import calendar
import zoneinfo
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from imports import row_faults as faults
from imports.mapping import EPOCH_MS, EPOCH_S
from imports.pipeline import zones
from imports.pipeline.numbers import LONG, read_whole
from imports.pipeline.reading import Read, all_of
from imports.pipeline.repeats import read_once
from imports.pipeline.texts import data_of

# 0001-01-01 and 10000-01-01 as seconds since 1970.
FIRST, END = -62_135_596_800, 253_402_300_800
MICRO = 1_000_000
# A date without a time is a moment of its day: the platform's convention is its second second.
START_OF_DAY = 1
_UNITS = {"s": 1, "ms": 1_000, "us": MICRO, "ns": 1_000 * MICRO}
_MONTHS = [name.lower() for name in calendar.month_abbr[1:]]
_DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
_DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
_DAYS_TO_1970 = 719_162


def read_seconds(column: pa.Array, form: str, zone: zoneinfo.ZoneInfo) -> Read:
    """Whole seconds; what the clock of the column shows below them is cut off."""
    if pat.is_date(column.type):
        return _bounded(_of_days(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())), zone)
    if pat.is_timestamp(column.type):
        seconds = floor_divide(column.view(pa.int64()), _UNITS[column.type.unit])
        return _bounded(Read(seconds), None if column.type.tz else zone)
    if form in (EPOCH_S, EPOCH_MS):
        return _of_epoch(column, 1 if form == EPOCH_S else 1_000)
    if pat.is_string(column.type):
        return _bounded(read_once(column, partial(_of_texts, form=form)), zone)
    return Read(_nothing(column)).refusing(faults.DATE_FORMAT, pc.is_valid(column))


def floor_divide(numbers: pa.Array, by: int) -> pa.Array:
    """Rounded down, also below zero."""
    if by == 1:
        return numbers
    quotients = pc.divide(numbers, by)
    is_above = pc.greater(pc.multiply(quotients, by), numbers)
    return pc.subtract(quotients, is_above.cast(pa.int64()))


def _of_days(days: pa.Array) -> Read:
    return Read(pc.add(pc.multiply(days, zones.DAY), START_OF_DAY))


def _of_epoch(column: pa.Array, unit: int) -> Read:
    found = read_whole(column, LONG, faults.DATE_OUT_OF_RANGE)
    # Texts and numbers that are no epoch are all the same to whoever reads the report.
    wrong = tuple(
        each if each.code == faults.DATE_OUT_OF_RANGE else type(each)(faults.DATE_FORMAT, each.rows)
        for each in found.wrong
    )
    return _bounded(Read(floor_divide(found.values, unit), wrong), None)


def _bounded(found: Read, zone: zoneinfo.ZoneInfo | None) -> Read:
    """Refuse what is outside the calendar; what a wall clock in `zone` shows becomes UTC."""
    seconds = found.values
    outside = pc.or_(pc.less(seconds, FIRST), pc.greater_equal(seconds, END))
    found = found.refusing(faults.DATE_OUT_OF_RANGE, outside)
    return found if zone is None else found.with_values(zones.to_utc(found.values, zone))


def _nothing(column: pa.Array) -> pa.Array:
    return pa.nulls(len(column), pa.int64())


def _of_texts(column: pa.StringArray, form: str) -> Read:
    trimmed = pc.utf8_trim_whitespace(column)
    fits = pc.fill_null(pc.equal(pc.binary_length(trimmed), len(form)), False)
    seconds, right = _parsed(pc.filter(trimmed, fits), form)
    values = pc.if_else(right, seconds, pa.scalar(None, pa.int64()))
    # What does not fit takes no part in the above; it gets its nulls back here.
    place = pc.subtract(pc.cumulative_sum(fits.cast(pa.int32())), 1)
    place = pc.if_else(fits, place, pa.scalar(None, pa.int32()))
    spread = values.take(place) if len(values) else _nothing(column)
    wrong = pc.and_(pc.is_valid(column), pc.is_null(spread))
    return Read(spread).refusing(faults.DATE_FORMAT, wrong)


def _parsed(texts: pa.StringArray, form: str) -> tuple[pa.Array, pa.BooleanArray]:
    """Wall-clock seconds of texts of the form's length, and which of them mean a real time."""
    rows = len(texts)
    width = len(form)
    data = pa.Array.from_buffers(
        pa.uint8(), rows * width, [None, pa.py_buffer(data_of(texts))]
    ).cast(pa.int32())
    places = pa.FixedSizeListArray.from_arrays(data, width)
    characters = [pc.list_element(places, place) for place in range(width)]
    right = all_of(rows, True, pa.bool_())
    for place, sign in enumerate(form):
        right = pc.and_(right, _is_right(characters[place], sign, "MMM" in form))
    return _seconds(characters, form, right)


def _is_right(characters: pa.Array, sign: str, has_names: bool) -> pa.BooleanArray:
    if sign == "M" and has_names:
        return pc.greater_equal(characters, ord("A"))
    if sign in "dMyHms":
        return pc.and_(pc.greater_equal(characters, ord("0")), pc.less_equal(characters, ord("9")))
    return pc.equal(characters, ord(sign))


def _seconds(
    characters: list[pa.Array], form: str, right: pa.BooleanArray
) -> tuple[pa.Array, pa.BooleanArray]:
    year, day = _number(characters, form, "yyyy"), _number(characters, form, "dd")
    if "MMM" in form:
        month = _month_by_name(characters, form.index("MMM"))
        right = pc.and_(right, pc.is_valid(month))
    else:
        month = _number(characters, form, "MM")
    for number, low, high in ((year, 1, 9_999), (month, 1, 12)):
        right = pc.and_(right, _is_between(number, low, high))
    month = pc.if_else(right, month, 1)
    right = pc.and_(right, _is_between(day, 1, _days_in(year, month)))
    second: pa.Array | int = START_OF_DAY
    if "HH" in form:
        hour, minute, rest = (_number(characters, form, part) for part in ("HH", "mm", "ss"))
        for number, high in ((hour, 23), (minute, 59), (rest, 59)):
            right = pc.and_(right, _is_between(number, 0, high))
        second = pc.add(pc.add(pc.multiply(hour, 3_600), pc.multiply(minute, 60)), rest)
    days = _days_since_1970(year, month, day)
    return pc.add(pc.multiply(days, zones.DAY), second), pc.fill_null(right, False)


def _number(characters: list[pa.Array], form: str, part: str) -> pa.Array:
    first = form.index(part)
    number = all_of(len(characters[0]), 0, pa.int64())
    for place in range(first, first + len(part)):
        digit = pc.subtract(characters[place], ord("0")).cast(pa.int64())
        number = pc.add(pc.multiply(number, 10), digit)
    return number


def _month_by_name(characters: list[pa.Array], first: int) -> pa.Array:
    """1 to 12 whatever the case of Jan to Dec; null for another word."""
    # Letters differ from their capitals in one bit.
    letters = [pc.bit_wise_or(characters[first + number], 0x20) for number in range(3)]
    spelled = pc.add(
        pc.add(pc.multiply(letters[0], 0x10000), pc.multiply(letters[1], 0x100)), letters[2]
    )
    names = pa.array([int.from_bytes(name.encode(), "big") for name in _MONTHS], pa.int32())
    return pc.add(pc.index_in(spelled, names), 1).cast(pa.int64())


def _is_between(numbers: pa.Array, low: int, high: pa.Array | int) -> pa.BooleanArray:
    return pc.and_(pc.greater_equal(numbers, low), pc.less_equal(numbers, high))


def _is_leap(year: pa.Array) -> pa.BooleanArray:
    by_4, by_100, by_400 = (
        pc.equal(year, pc.multiply(pc.divide(year, n), n)) for n in (4, 100, 400)
    )
    return pc.and_(by_4, pc.or_(pc.invert(by_100), by_400))


def _days_in(year: pa.Array, month: pa.Array) -> pa.Array:
    days = pa.array(_DAYS_OF_MONTH, pa.int64()).take(pc.subtract(month, 1))
    leap = pc.and_(pc.equal(month, 2), _is_leap(year))
    return pc.add(days, leap.cast(pa.int64()))


def _days_since_1970(year: pa.Array, month: pa.Array, day: pa.Array) -> pa.Array:
    past = pc.subtract(year, 1)
    leaps = pc.add(pc.subtract(pc.divide(past, 4), pc.divide(past, 100)), pc.divide(past, 400))
    days = pc.add(pc.add(pc.multiply(past, 365), leaps), day)
    before = pa.array(_DAYS_BEFORE_MONTH, pa.int64()).take(pc.subtract(month, 1))
    leap = pc.and_(pc.greater(month, 2), _is_leap(year)).cast(pa.int64())
    return pc.subtract(pc.add(pc.add(days, before), leap), _DAYS_TO_1970 + 1)
