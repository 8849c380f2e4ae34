"""[pure] Columns of a batch in the few shapes that the rest knows, and any column as text."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from imports import row_faults as faults
from imports.pipeline.dates import floor_divide
from imports.pipeline.numbers import number_texts, plain_decimals
from imports.pipeline.reading import Read
from imports.pipeline.texts import cleaned, joined

_MICRO = pa.timestamp("us")
# 0001-01-01 and 10000-01-01 in days since 1970.
_FIRST_DAY, _END_DAY = -719_162, 2_932_897
_FIRST_US, _END_US = _FIRST_DAY * 86_400_000_000, _END_DAY * 86_400_000_000
_SHOWN = 500


def plain(column: pa.Array) -> pa.Array:
    """Texts as clean strings, dictionaries as their values, intervals as text, the rest as is."""
    if pat.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pat.is_large_string(column.type) or pat.is_string_view(column.type):
        column = column.cast(pa.string())
    if pat.is_string(column.type):
        return cleaned(column)
    if pat.is_fixed_size_binary(column.type) or pat.is_large_binary(column.type):
        return column.cast(pa.binary())
    if pat.is_interval(column.type):
        return _interval_texts(column)
    if pat.is_null(column.type):
        return column.cast(pa.string())
    if pat.is_floating(column.type):
        return column.cast(pa.float64())
    return column


def read_texts(column: pa.Array) -> Read:
    """The column, which is plain, as the texts of a String property."""
    kind = column.type
    if pat.is_string(kind):
        return Read(column)
    if pat.is_floating(kind):
        return _of_doubles(column)
    if pat.is_date(kind) or pat.is_timestamp(kind):
        return _of_times(column)
    return Read(any_texts(column))


def any_texts(column: pa.Array) -> pa.StringArray:
    """Every value as text, whatever it is: what a report shows."""
    kind = column.type
    if pat.is_string(kind):
        return column
    if pat.is_decimal(kind):
        return plain_decimals(column)
    if pat.is_binary(kind):
        return _by_engine(column, "to_base64(value)")
    if pat.is_timestamp(kind):
        return _timestamps(column)
    if pat.is_time(kind):
        return _without_fraction(column.cast(pa.string()))
    if pat.is_nested(kind):
        texts = [None if each is None else str(each) for each in column.to_pylist()]
        return cleaned(pa.array(texts, pa.string()))
    return column.cast(pa.string())


def shown(column: pa.Array) -> pa.StringArray:
    """Values as a report keeps them: cut, empty where there is none."""
    return pc.utf8_slice_codeunits(pc.fill_null(any_texts(column), ""), 0, _SHOWN)


def _of_doubles(column: pa.Array) -> Read:
    found = Read(column).refusing(faults.NOT_FINITE, pc.invert(pc.is_finite(column)))
    return found.with_values(number_texts(found.values))


def _of_times(column: pa.Array) -> Read:
    if pat.is_date(column.type):
        counted, first, end = column.cast(pa.date32()).cast(pa.int32()), _FIRST_DAY, _END_DAY
    else:
        counted, first, end = column.cast(_MICRO, safe=False).view(pa.int64()), _FIRST_US, _END_US
    outside = pc.or_(pc.less(counted, first), pc.greater_equal(counted, end))
    found = Read(column).refusing(faults.DATE_OUT_OF_RANGE, outside)
    return found.with_values(any_texts(found.values))


def _timestamps(column: pa.Array) -> pa.StringArray:
    """ISO 8601; a Z where the column knows its zone, which is UTC."""
    unit, zone = column.type.unit, column.type.tz
    numbers = column.view(pa.int64())
    if unit == "ns":
        numbers, unit = floor_divide(numbers, 1_000), "us"
    naive = numbers.view(pa.timestamp(unit))
    texts = pc.replace_substring(naive.cast(pa.string()), " ", "T", max_replacements=1)
    return joined(_without_fraction(texts), "Z" if zone else "")


def _without_fraction(texts: pa.StringArray) -> pa.StringArray:
    """Without the zeros at the end of a fraction of a second."""
    has_fraction = pc.match_substring(texts, ".")
    return pc.if_else(has_fraction, pc.ascii_rtrim(pc.ascii_rtrim(texts, "0"), "."), texts)


def _interval_texts(column: pa.Array) -> pa.StringArray:
    """As BigQuery writes them: years-months days hours:minutes:seconds."""
    return pa.array([None if each is None else _interval(each) for each in column.to_pylist()])


def _interval(value: pa.MonthDayNano) -> str:
    years, months = divmod(abs(value.months), 12)
    seconds, nanos = divmod(abs(value.nanoseconds), 1_000_000_000)
    hours, rest = divmod(seconds, 3_600)
    fraction = f".{nanos:09d}".rstrip("0").rstrip(".")
    return (
        f"{'-' if value.months < 0 else ''}{years}-{months} {value.days} "
        f"{'-' if value.nanoseconds < 0 else ''}{hours}:{rest // 60}:{rest % 60}{fraction}"
    )


def _by_engine(column: pa.Array, expression: str) -> pa.StringArray:
    """What the engine makes of each `value`."""
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("batch", pa.table({"value": column}))
        made = engine.sql(f"SELECT {expression} AS made FROM batch")  # noqa: S608  (ours)
        return made.to_arrow_table().column("made").combine_chunks().cast(pa.string())
