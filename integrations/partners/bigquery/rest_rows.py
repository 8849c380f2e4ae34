"""[pure] Rows as the REST API gives them, `{"f": [{"v": …}]}`, turned into Arrow."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from google.cloud.bigquery import SchemaField

from integrations.partners.bigquery.columns import (
    arrow_schema,
    arrow_type,
    is_repeated,
    item_type,
    type_of,
)

Values = list[Any]


def batch_of(rows: Sequence[dict[str, Any]], fields: Sequence[SchemaField]) -> pa.RecordBatch:
    """Raises pyarrow.ArrowInvalid or a LookupError where the rows are not of these fields."""
    arrays = [
        column([row["f"][place]["v"] for row in rows], field) for place, field in enumerate(fields)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(fields))


def column(values: Values, field: SchemaField) -> pa.Array:
    if is_repeated(field):
        return lists(values, field)
    return items(values, field)


def lists(values: Values, field: SchemaField) -> pa.Array:
    """A repeated column; a list that is absent is an empty one."""
    flat = [item["v"] for value in values for item in value or ()]
    offsets = [0]
    for value in values:
        offsets.append(offsets[-1] + len(value or ()))
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), items(flat, field), type=arrow_type(field)
    )


def items(values: Values, field: SchemaField) -> pa.Array:
    kind = type_of(field)
    if kind == "STRUCT":
        return structs(values, field)
    wanted = item_type(field)
    if kind == "RANGE":
        return ranges(values, wanted)
    return scalars(values, wanted)


def scalars(values: Values, wanted: pa.DataType) -> pa.Array:
    read = next((read for fits, read in _READERS if fits(wanted)), None)
    return read(values, wanted) if read else pa.array(values, pa.string()).cast(wanted)


def structs(values: Values, field: SchemaField) -> pa.Array:
    children = [
        column([None if value is None else value["f"][place]["v"] for value in values], each)
        for place, each in enumerate(field.fields)
    ]
    absent = pa.array([value is None for value in values], pa.bool_())
    return pa.StructArray.from_arrays(children, fields=list(item_type(field)), mask=absent)


def ranges(values: Values, wanted: pa.DataType) -> pa.Array:
    """`[start, end)`, either of which may be UNBOUNDED."""
    ends = [(None, None) if value is None else value[1:-1].split(", ") for value in values]
    children = [
        scalars([None if each[n] in {None, "UNBOUNDED"} else each[n] for each in ends], part.type)
        for n, part in enumerate(wanted)
    ]
    absent = pa.array([value is None for value in values], pa.bool_())
    return pa.StructArray.from_arrays(children, fields=list(wanted), mask=absent)


def binaries(values: Values, wanted: pa.DataType) -> pa.Array:
    return pa.array([None if v is None else base64.b64decode(v) for v in values], wanted)


def booleans(values: Values, wanted: pa.DataType) -> pa.Array:
    return pa.array([None if v is None else str(v).lower() == "true" for v in values], wanted)


def floats(values: Values, wanted: pa.DataType) -> pa.Array:
    return pa.array([None if v is None else float(v) for v in values], wanted)


def times(values: Values, wanted: pa.DataType) -> pa.Array:
    parsed = [None if v is None else datetime.time.fromisoformat(v) for v in values]
    return pa.array(parsed, wanted)


def moments(values: Values, wanted: pa.DataType) -> pa.Array:
    """Microseconds as text, which we ask for; in a range the moment itself is written."""
    texts = pa.array(values, pa.string())
    if pc.any(pc.match_substring(texts, ":")).as_py():
        return texts.cast(pa.timestamp("us", tz="UTC")).cast(wanted)
    return texts.cast(pa.int64()).cast(wanted)


_Read = Callable[[Values, pa.DataType], pa.Array]
_READERS: tuple[tuple[Callable[[pa.DataType], bool], _Read], ...] = (
    (pa.types.is_binary, binaries),
    (pa.types.is_boolean, booleans),
    (pa.types.is_floating, floats),
    (pa.types.is_time64, times),
    (lambda kind: pa.types.is_timestamp(kind) and kind.tz is not None, moments),
)
