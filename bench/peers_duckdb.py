"""DuckDB's own writers: COPY of the same fields, from the lake's file into one file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench import sql
from bench.data import native_copy, parquet_of
from bench.task import Task


def json_text(task: Task) -> list[Path]:
    return _copy(task, sql.json_select(parquet_of(task.lake)), "json")


def json_native(task: Task) -> list[Path]:
    return _copy(task, sql.native_json_select(str(native_copy(task.lake))), "json")


def csv_transform(task: Task) -> list[Path]:
    return _copy(task, sql.csv_transform_select(parquet_of(task.lake)), "csv")


def csv_paths(task: Task) -> list[Path]:
    return _copy(task, sql.csv_paths_select(parquet_of(task.lake)), "csv")


def parquet(task: Task) -> list[Path]:
    return _copy(
        task,
        sql.parquet_select(parquet_of(task.lake)),
        "parquet",
        "FORMAT parquet, COMPRESSION zstd",
    )


def _copy(task: Task, query: str, extension: str, options: str = "") -> list[Path]:
    target = task.folder / f"copy.{extension}"
    with duckdb.connect(config={"threads": 1, "temp_directory": str(task.folder)}) as connection:
        connection.execute(f"COPY ({query}) TO '{target}' ({options or f'FORMAT {extension}'})")
    return [target]
