"""dlt: the same Arrow batches into its filesystem destination."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import peers_dlt
from bench.orders import batches
from bench.task import Task

# With the settings that are made there.
dlt = peers_dlt.dlt  # type: ignore[attr-defined]  # dlt is read after its settings, not exported


def dlt_parquet(task: Task) -> list[Path]:
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.filesystem(task.folder.as_uri()),
        dataset_name="out",
        pipelines_dir=str(task.folder / "pipelines"),
    )
    rows = dlt.resource(lambda: _rows(task), name="orders")
    pipeline.run(rows, loader_file_format="parquet", write_disposition="append")
    return sorted((task.folder / "out" / "orders").rglob("*.parquet"))


def _rows(task: Task) -> Iterator[Any]:
    yield from batches(task.lake)
