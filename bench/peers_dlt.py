"""dlt: a resource of the same rows into its filesystem destination, a local folder.

Two ways each: Python objects, which dlt normalises row by row; and Arrow batches, which it passes
on, with DuckDB in front to take the JSON text apart, for dlt itself does not look into Arrow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Read when dlt is imported. Names stay as they are, files are not compressed (Parquet: zstd),
# nothing is sent to anybody.
os.environ.update(
    {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        "SCHEMA__NAMING": "direct",
        "DATA_WRITER__DISABLE_COMPRESSION": "true",
        "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
        "DATA_WRITER__COMPRESSION": "zstd",
        "NORMALIZE__DATA_WRITER__COMPRESSION": "zstd",
    }
)

import dlt  # noqa: E402  (the settings above come first)
import duckdb  # noqa: E402

from bench import sql  # noqa: E402
from bench.data import parquet_of  # noqa: E402
from bench.peers_per_row import flat_columns  # noqa: E402
from bench.rows import Row, batches_of, flat_record, json_record  # noqa: E402
from bench.task import Task  # noqa: E402

ARROW_ROWS = 100_000


def json_objects(task: Task) -> list[Path]:
    return _load(task, "jsonl", lambda: _objects(task, json_record))


def json_arrow(task: Task) -> list[Path]:
    return _load(task, "jsonl", lambda: _arrow(sql.parquet_select(parquet_of(task.lake))))


def csv_objects(task: Task) -> list[Path]:
    columns: Any = {name: {"data_type": "text"} for name in flat_columns() if name in _ABSENT}
    return _load(task, "csv", lambda: _objects(task, flat_record), columns)


def csv_arrow(task: Task) -> list[Path]:
    return _load(task, "csv", lambda: _arrow(sql.csv_transform_select(parquet_of(task.lake))))


def parquet_arrow(task: Task) -> list[Path]:
    """The only way to structs: from Python objects dlt's Parquet has JSON text or flat columns."""
    return _load(task, "parquet", lambda: _arrow(sql.parquet_select(parquet_of(task.lake))))


# Columns of every CSV that these events have no value for, so that dlt would not find them.
_ABSENT = {
    "profile.objectId",
    "profile.push_token",
    "deviceInfo.browser",
    "deviceInfo.dimensions.width",
    "deviceInfo.dimensions.height",
    "deviceInfo.dimensions.unit",
    "controlGroupName",
}


def _load(
    task: Task, file_format: Any, rows: Callable[[], Iterator[Any]], columns: Any = None
) -> list[Path]:
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.filesystem(task.folder.as_uri()),
        dataset_name="out",
        pipelines_dir=str(task.folder / "pipelines"),
    )
    # Nesting 0 keeps inner objects where they are instead of making tables of them.
    events = dlt.resource(rows, name="events", max_table_nesting=0, columns=columns)
    pipeline.run(events, loader_file_format=file_format, write_disposition="append")
    return sorted((task.folder / "out" / "events").iterdir())


def _objects(task: Task, record: Callable[[Row], Row]) -> Iterator[list[Row]]:
    for rows in batches_of(task):
        yield [record(row) for row in rows]


def _arrow(query: str) -> Iterator[Any]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield from connection.sql(query).to_arrow_reader(ARROW_ROWS)
