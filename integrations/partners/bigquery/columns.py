"""[pure] BigQuery's columns, as ours and as Arrow's; the same whichever way rows are read.

https://cloud.google.com/bigquery/docs/reference/storage#arrow_schema_details
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from google.cloud.bigquery import SchemaField

from integrations.warehouse import Column

# REST names some types by their old names.
_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "RECORD": "STRUCT"}
_TIMESTAMP = pa.timestamp("us", tz="UTC")
_ARROW: dict[str, pa.DataType] = {
    "INT64": pa.int64(),
    "FLOAT64": pa.float64(),
    "NUMERIC": pa.decimal128(38, 9),
    "BIGNUMERIC": pa.decimal256(76, 38),
    "BOOL": pa.bool_(),
    "BYTES": pa.binary(),
    "DATE": pa.date32(),
    "DATETIME": pa.timestamp("us"),
    "TIME": pa.time64("us"),
    "TIMESTAMP": _TIMESTAMP,
}


def fields_of(resources: Sequence[dict[str, Any]]) -> tuple[SchemaField, ...]:
    return tuple(SchemaField.from_api_repr(each) for each in resources)


def columns_of(fields: Sequence[SchemaField]) -> tuple[Column, ...]:
    return tuple(Column(each.name, type_of(each), is_repeated(each)) for each in fields)


def type_of(field: SchemaField) -> str:
    name = str(field.field_type).upper()
    return _NAMES.get(name, name)


def is_repeated(field: SchemaField) -> bool:
    return bool(field.mode == "REPEATED")


def arrow_schema(fields: Sequence[SchemaField]) -> pa.Schema:
    return pa.schema([pa.field(each.name, arrow_type(each)) for each in fields])


def arrow_type(field: SchemaField) -> pa.DataType:
    """GEOGRAPHY, JSON, INTERVAL and what may come are text."""
    one = item_type(field)
    return pa.list_(one) if is_repeated(field) else one


def item_type(field: SchemaField) -> pa.DataType:
    kind = type_of(field)
    if kind == "STRUCT":
        return pa.struct([pa.field(each.name, arrow_type(each)) for each in field.fields])
    if kind == "RANGE":
        bound = _ARROW[field.range_element_type.element_type.upper()]
        return pa.struct([pa.field("start", bound), pa.field("end", bound)])
    return _ARROW.get(kind, pa.string())


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with exactly these types. Raises pyarrow.ArrowInvalid where that cannot be."""
    if batch.schema.equals(schema):
        return batch
    if batch.schema.names != schema.names:
        raise pa.ArrowInvalid("other columns than those of the result")
    arrays = [as_type(array, field.type) for array, field in zip(batch, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def as_type(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    if array.type.equals(wanted):
        return array
    if pa.types.is_interval(array.type):
        return pa.array([interval_text(each) for each in array.to_pylist()], wanted)
    if pa.types.is_list(array.type) and not pa.types.is_list(wanted):
        raise pa.ArrowInvalid("a list where there should be one value")
    return array.cast(wanted)


def interval_text(value: Any) -> str | None:
    """As BigQuery writes it: years-months days hours:minutes:seconds."""
    if value is None:
        return None
    all_months, days, nanoseconds = value
    years, months = divmod(abs(all_months), 12)
    sign = "-" if all_months < 0 else ""
    seconds, rest = divmod(abs(nanoseconds), 10**9)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    clock = f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}{fraction}"
    return f"{sign}{years}-{months} {days} {'-' if nanoseconds < 0 else ''}{clock}"
