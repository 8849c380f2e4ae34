"""Batches as a warehouse gives them, and what a mapper makes of them."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from imports.mapping import EVENTS, PROFILES, Mapping, Property
from imports.pipeline.mapper import MapContext, Mapped, Mapper

CAPTURED_AT = datetime.datetime(2026, 11, 22, 10, 0, tzinfo=datetime.UTC)
UTC = zoneinfo.ZoneInfo("UTC")
COLUMN = "c"

TYPES: dict[str, pa.DataType] = {
    "STRING": pa.string(),
    "INT64": pa.int64(),
    "FLOAT64": pa.float64(),
    "NUMERIC": pa.decimal128(38, 9),
    "BIGNUMERIC": pa.decimal256(76, 38),
    "BOOL": pa.bool_(),
    "BYTES": pa.binary(),
    "DATE": pa.date32(),
    "DATETIME": pa.timestamp("us"),
    "TIME": pa.time64("us"),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
}


def context(
    zone: str = "UTC",
    admit: Callable[[set[str]], set[str]] = lambda names: names,
    known: Callable[[pa.Array], pa.Array] = lambda ids: ids,
) -> MapContext:
    return MapContext(
        zone=zoneinfo.ZoneInfo(zone),
        captured_at=CAPTURED_AT,
        record_prefix="import-7",
        admit_event_names=admit,
        known_object_ids=known,
    )


def of_events(*properties: Property, **values: Any) -> Mapping:
    given = {"identity_column": "id", "event_name": "Order", **values}
    return Mapping(kind=EVENTS, properties=properties, **given)


def of_people(*properties: Property, **values: Any) -> Mapping:
    given = {"identity_column": "id", **values}
    return Mapping(kind=PROFILES, properties=properties, **given)


def batch_of(**columns: Any) -> pa.RecordBatch:
    """Columns by name; `id` is there whenever it is not given."""
    rows = len(next(iter(columns.values())))
    arrays = {
        "id": pa.array([f"u-{row}" for row in range(rows)], pa.string()),
        **{
            name: values if isinstance(values, pa.Array) else pa.array(values)
            for name, values in columns.items()
        },
    }
    return pa.RecordBatch.from_pydict(arrays)


def mapped(
    mapping: Mapping,
    batch: pa.RecordBatch,
    given: MapContext | None = None,
    *,
    part: int = 0,
    first_row: int = 0,
) -> Mapped:
    return Mapper(mapping, [], given or context()).map(batch, part=part, first_row=first_row)


def one_property(
    values: Sequence[Any],
    kind: pa.DataType,
    type_: str,
    form: str = "",
    *,
    name: str = "p",
    zone: str = "UTC",
    people: bool = False,
) -> tuple[list[str | None], list[str]]:
    """For each value: the properties of its row, None when it failed; and the codes of failures in
    order."""
    of = of_people if people else of_events
    mapping = of(Property(COLUMN, name, type_, form))
    found = mapped(mapping, batch_of(**{COLUMN: _column(values, kind)}), context(zone))
    texts = found.good.column("properties" if people else "event_props").to_pylist()
    failed = found.failed.column("row_number").to_pylist()
    good = iter(texts)
    rows = [None if row in failed else next(good) for row in range(len(values))]
    codes = [each["code"] for row in found.failed.column("failures").to_pylist() for each in row]
    return rows, codes


def _column(values: Sequence[Any] | pa.Array, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, kind)
