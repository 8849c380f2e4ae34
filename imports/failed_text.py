"""[pure] Values of source rows as text: for the screen, for a search, for CSV and for NDJSON.

Whole columns are turned at once. What JSON has a type for keeps it there; everything else, as
decimals, bytes and times, is the same text everywhere.
"""

from __future__ import annotations

import base64
import decimal
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

DESCRIPTION = "Failure Description"


def as_texts(column: pa.Array) -> pa.Array:
    """Each value as text; null stays null."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return _times(column)
    if pa.types.is_time(kind):
        return _without_zeros(column.cast(pa.string()))
    return column.cast(pa.string()) if _is_plain(kind) else _others(column)


def _is_plain(kind: pa.DataType) -> bool:
    return any(
        test(kind)
        for test in (
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_boolean,
            pa.types.is_date,
            pa.types.is_null,
        )
    )


def _times(column: pa.Array) -> pa.Array:
    """As a warehouse writes them: 2026-11-22 10:00:00 UTC, and without UTC where there is none."""
    naive = _without_zeros(column.cast(pa.timestamp(column.type.unit)).cast(pa.string()))
    if column.type.tz is None:
        return naive
    return pc.binary_join_element_wise(naive, "UTC", " ")


def _without_zeros(texts: pa.Array) -> pa.Array:
    """Without the zeros that end a fraction."""
    shorter = pc.replace_substring_regex(texts, r"(\.[0-9]*[1-9])0+$", r"\1")
    return pc.replace_substring_regex(shorter, r"\.0+$", "")


def _others(column: pa.Array) -> pa.Array:
    return pa.array([_text(value) for value in column.to_pylist()], pa.string())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, decimal.Decimal):
        return _plain_decimal(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=_text_of_part)
    return str(value)


def _plain_decimal(value: decimal.Decimal) -> str:
    """0.000000001, and not 1E-9."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text_of_part(value: Any) -> str:
    return _text(value) or ""


def json_values(column: pa.Array) -> list[Any]:
    """Each value as JSON has it: numbers, booleans and lists as such, everything else as text."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        values: list[Any] = column.to_pylist()
        return values
    if pa.types.is_floating(kind):
        return [_finite(value) for value in column.to_pylist()]
    if pa.types.is_nested(kind):
        return [_plain(value) for value in column.to_pylist()]
    texts: list[Any] = as_texts(column).to_pylist()
    return texts


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return _finite(value)
    return value if value is None or isinstance(value, (bool, int)) else _text(value)


def _finite(value: float | None) -> float | str | None:
    """JSON has no NaN and no infinity: they are texts."""
    return value if value is None or math.isfinite(value) else str(value)


def description_name(columns: Sequence[str]) -> str:
    """What the added column is called: it never meets one of the source's."""
    name, number = DESCRIPTION, 2
    taken = {column.lower() for column in columns}
    while name.lower() in taken:
        name, number = f"{DESCRIPTION} {number}", number + 1
    return name


def ndjson_lines(rows: Iterable[dict[str, Any]]) -> str:
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    return "".join(f"{line}\n" for line in lines)
