"""[pure] Where rows stand at the cursor, and whether two rows are the same."""

from __future__ import annotations

import decimal
from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from imports import row_faults as faults
from imports.mapping import EPOCH_MS, Mapping
from imports.pipeline.columns import any_texts, plain
from imports.pipeline.numbers import LONG, read_whole
from imports.pipeline.texts import joined

_DAY_US = 86_400_000_000
_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}
# One of ours: no column's text holds it, since texts come clean.
_NULL = "\x00"


def cursor_us(batch: pa.RecordBatch, mapping: Mapping) -> pa.Int64Array:
    """Microseconds since 1970 of the cursor column, UTC; null where it is, or where it is no
    number, and all null without a cursor column. What 64 bits do not hold is cut to their ends."""
    if not mapping.cursor_column:
        return pa.nulls(batch.num_rows, pa.int64())
    column = plain(batch.column(mapping.cursor_column))
    if pat.is_date(column.type):
        days = column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
        return _times(days, _DAY_US)
    if pat.is_timestamp(column.type):
        numbers = column.view(pa.int64())
        unit = column.type.unit
        return pc.divide(numbers, 1_000) if unit == "ns" else _times(numbers, _UNITS[unit])
    unit = "ms" if mapping.cursor_kind == EPOCH_MS else "s"
    return _times(_epoch(column), _UNITS[unit])


def fingerprints(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.StringArray:
    """A digest of each row's values in those columns, the same in every run."""
    parts: list[pa.Array | str] = []
    for name in columns:
        text = _canonical(plain(batch.column(name)))
        length = pc.binary_length(text).cast(pa.string())
        # With its length before it, no text can pass for the end of one column and the next.
        parts.append(pc.fill_null(joined(length, ":", text), _NULL))
    texts = joined(*parts) if len(parts) > 1 else parts[0]
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("batch", pa.table({"value": texts}))
        digests = engine.sql("SELECT md5(value) AS digest FROM batch").to_arrow_table()
    return digests.column("digest").combine_chunks().cast(pa.string())


def _epoch(column: pa.Array) -> pa.Array:
    """Whole numbers: decimals rounded down, and cut to 64 bits."""
    if pat.is_decimal(column.type):
        low, high = (pa.scalar(decimal.Decimal(bound), column.type) for bound in LONG)
        column = pc.if_else(pc.less(column, low), low, pc.floor(column))
        column = pc.if_else(pc.greater(column, high), high, column)
    return read_whole(column, LONG, faults.LONG_OUT_OF_RANGE).values


def _times(numbers: pa.Array, factor: int) -> pa.Array:
    low, high = LONG[0] // factor + 1, LONG[1] // factor
    # Beyond the ends the product is nonsense, which the choice leaves out.
    product = pc.multiply(numbers, factor)
    ends = pc.if_else(pc.greater(numbers, high), LONG[1], product)
    return pc.if_else(pc.less(numbers, low), LONG[0], ends)


def _canonical(column: pa.Array) -> pa.StringArray:
    """Texts that depend on no library's taste: numbers by their bits, times by their counts."""
    kind = column.type
    if pat.is_floating(kind):
        return column.view(pa.int64()).cast(pa.string())
    if pat.is_timestamp(kind) or pat.is_time64(kind):
        return column.view(pa.int64()).cast(pa.string())
    if pat.is_date32(kind):
        return column.cast(pa.int32()).cast(pa.string())
    return any_texts(column)
