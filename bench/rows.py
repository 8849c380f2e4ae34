"""The lake's rows as Python objects: what the contenders that work per row begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow.parquet as pq

from bench.data import parquet_of
from bench.fields import LAKE_COLUMNS
from bench.task import Task

BATCH_ROWS = 8_192

Row = dict[str, Any]


def batches_of(task: Task) -> Iterator[list[Row]]:
    file = pq.ParquetFile(parquet_of(task.lake))
    for batch in file.iter_batches(BATCH_ROWS, columns=LAKE_COLUMNS, use_threads=False):
        yield batch.to_pylist()


def rows_of(task: Task) -> Iterator[Row]:
    for batch in batches_of(task):
        yield from batch


def json_record(row: Row) -> Row:
    """The fields of a JSON line, absent ones left out."""
    record = {
        "profile": orjson.loads(row["profile"]),
        "ts": row["ts"],
        "deviceInfo": parsed(row["device_info"]),
        "controlGroupName": row["control_group_name"],
        "eventProps": orjson.loads(row["event_props"]),
        "sessionProps": parsed(row["session_props"]),
    }
    return {key: value for key, value in record.items() if value is not None}


def typed_record(row: Row) -> Row:
    """The fields of a Parquet row."""
    return {"eventTime": row["event_time"], "eventName": row["event_name"], **json_record(row)}


def flat_record(row: Row) -> Row:
    """The fields of a CSV line by the names of their columns, absent ones left out."""
    flat = {"ts": row["ts"], "eventName": row["event_name"]}
    record = json_record(row)
    if "controlGroupName" in record:
        flat["controlGroupName"] = record["controlGroupName"]
    record["profile"]["all_identities"] = ",".join(record["profile"]["all_identities"])
    for root in ("profile", "deviceInfo", "eventProps", "sessionProps"):
        for name, value in record.get(root, {}).items():
            if isinstance(value, dict):
                flat.update({f"{root}.{name}.{key}": inner for key, inner in value.items()})
            else:
                flat[f"{root}.{name}"] = value
    return flat


def parsed(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
