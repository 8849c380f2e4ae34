"""[pure] The data files of the events table: sorted rows of one day, as Parquet."""

from __future__ import annotations

import datetime
import json
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from clevertap_partners.eventstore.records import EVENTS_SCHEMA

PARTITION = "event_day"
ROW_GROUP_ROWS = 100_000
# A reader holds a page at a time, and the writer looks at its size only after each of its batches.
PAGE_BYTES = 1_000_000
WRITER_BATCH_ROWS = 1_024
# Columns whose smallest and largest value a commit states, so that readers can skip files.
# Delta cuts long texts in statistics; ours are at most this long, so they are stated whole.
STATS_COLUMNS = ("event_name", "ts")
FILE_SCHEMA = pa.schema([field for field in EVENTS_SCHEMA if field.name != PARTITION])


def new_path(day: datetime.date) -> str:
    """A path below the table that no other file has."""
    return f"{PARTITION}={day.isoformat()}/part-{uuid.uuid4().hex}.zstd.parquet"


def write_file(
    store: pafs.FileSystem, path: str, parts: Iterable[pa.Table], *, width: int, data_change: bool
) -> AddAction:
    """Write the rows, in the order in which they come, and return what a commit says of the file.

    Each part begins a row group, which it fills; `width` is about how many bytes a row has.
    """
    stats = _Stats()
    with store.open_output_stream(path) as stream:
        with pq.ParquetWriter(
            stream,
            FILE_SCHEMA,
            compression="zstd",
            use_dictionary=["event_name", "device_info", "control_group_name"],
            write_page_index=True,
            write_batch_size=_rows_a_page(width),
        ) as writer:
            for part in parts:
                writer.write_table(part, row_group_size=ROW_GROUP_ROWS)
                stats.add(part)
        size = stream.tell()
    return AddAction(
        path=path,
        size=size,
        partition_values={PARTITION: path.partition("/")[0].removeprefix(f"{PARTITION}=")},
        modification_time=int(time.time() * 1000),
        data_change=data_change,
        stats=json.dumps(stats.as_delta(), ensure_ascii=False),
    )


def _rows_a_page(width: int) -> int:
    """How many rows to write between two looks at the size of the page."""
    return max(min(PAGE_BYTES // max(width, 1), WRITER_BATCH_ROWS), 1)


class _Stats:
    """What a commit states of a file's rows."""

    def __init__(self) -> None:
        self.rows = 0
        self._nulls = dict.fromkeys(FILE_SCHEMA.names, 0)
        self._bounds: dict[str, list[Any]] = {name: [] for name in STATS_COLUMNS}

    def add(self, rows: pa.Table) -> None:
        self.rows += rows.num_rows
        for name in rows.column_names:
            self._nulls[name] += rows.column(name).null_count
        for name, seen in self._bounds.items():
            bounds = pc.min_max(rows.column(name)).as_py()
            # Python compares texts by their characters, which is the order of their UTF-8 bytes.
            known = [*seen, *bounds.values()]
            seen[:] = [min(known), max(known)]

    def as_delta(self) -> Mapping[str, Any]:
        return {
            "numRecords": self.rows,
            "minValues": {name: seen[0] for name, seen in self._bounds.items()},
            "maxValues": {name: seen[1] for name, seen in self._bounds.items()},
            "nullCount": self._nulls,
        }
