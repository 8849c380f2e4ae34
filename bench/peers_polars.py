"""Polars: the lake's file as a lazy frame, the same fields, into its streaming sinks.

JSON text becomes objects with `str.json_decode` and a type that is told beforehand; one path after
the other (`json_path_match`) was six times slower for CSV. polars has no JSON type that its JSON
lines sink would pass through, hence the second way for JSON: lines put together as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from bench.data import parquet_of
from bench.fields import DIMENSIONS, OBJECTS
from bench.task import Task

_TYPES: dict[str, Any] = {
    "text": pl.String,
    "texts": pl.List(pl.String),
    "float": pl.Float64,
    "integer": pl.Int64,
    "boolean": pl.Boolean,
}


def json_objects(task: Task) -> list[Path]:
    """Real objects, by the sink for JSON lines. It writes absent keys as null."""
    target = task.folder / "objects.json"
    lake = pl.scan_parquet(parquet_of(task.lake))
    lake.select("ts", **_objects(), controlGroupName="control_group_name").sink_ndjson(target)
    return [target]


def json_text(task: Task) -> list[Path]:
    """Lines put together from the lake's JSON text, by the sink for CSV with quotes turned off."""
    target = task.folder / "text.json"
    line = pl.concat_str(
        pl.lit('{"profile":'),
        "profile",
        pl.lit(',"ts":'),
        pl.col("ts").cast(pl.String),
        _optional(',"deviceInfo":', pl.col("device_info")),
        _optional(',"controlGroupName":', _json_string("control_group_name")),
        pl.lit(',"eventProps":'),
        "event_props",
        _optional(',"sessionProps":', pl.col("session_props")),
        pl.lit("}"),
    )
    lake = pl.scan_parquet(parquet_of(task.lake))
    lake.select(line).sink_csv(target, include_header=False, quote_style="never")
    return [target]


def csv(task: Task) -> list[Path]:
    target = task.folder / "flat.csv"
    lake = pl.scan_parquet(parquet_of(task.lake))
    decoded = lake.select("ts", "event_name", "control_group_name", **_objects())
    decoded.select(_flat_columns()).sink_csv(target)
    return [target]


def parquet(task: Task) -> list[Path]:
    target = task.folder / "typed.parquet"
    lake = pl.scan_parquet(parquet_of(task.lake))
    lake.select(
        "ts",
        **_objects(),
        eventTime="event_time",
        eventName="event_name",
        controlGroupName="control_group_name",
    ).sink_parquet(target, compression="zstd")
    return [target]


def _objects() -> dict[str, pl.Expr]:
    return {name: pl.col(column).str.json_decode(_type(fields)) for column, name, fields in OBJECTS}


def _type(kind: Any) -> Any:
    if isinstance(kind, dict):
        return pl.Struct({name: _type(inner) for name, inner in kind.items()})
    return _TYPES[kind]


def _flat_columns() -> list[pl.Expr]:
    columns = [
        pl.col("ts"),
        pl.col("event_name").alias("eventName"),
        pl.lit(None, pl.String).alias("profile.objectId"),
        pl.col("control_group_name").alias("controlGroupName"),
    ]
    for _, root, fields in OBJECTS:
        for name, kind in fields.items():
            value = pl.col(root).struct.field(name)
            if kind is DIMENSIONS:
                columns += [
                    value.struct.field(inner).alias(f"{root}.{name}.{inner}") for inner in kind
                ]
            else:
                value = value.list.join(",") if kind == "texts" else value
                columns.append(value.alias(f"{root}.{name}"))
    return columns


def _optional(key: str, value: pl.Expr) -> pl.Expr:
    return (pl.lit(key) + value).fill_null("")


def _json_string(column: str) -> pl.Expr:
    """The column's text as a JSON string; null stays null."""
    text = pl.struct(text=column).struct.json_encode().str.slice(len('{"text":'))
    return pl.when(pl.col(column).is_not_null()).then(text.str.head(-1))
