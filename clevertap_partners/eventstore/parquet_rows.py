"""[pure] Rows of a table's Parquet files in batches of so many, wherever the files are.

DuckDB reads local files faster, but always 2,048 rows at a time, however large; and its reader of
remote files is an extension that it downloads at run time. This reads both, through delta-rs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake.fs import DeltaStorageHandler

# Column chunks are read in pieces of this size: as a whole they may be larger than the memory.
_READ_BYTES = 1_000_000


def parquet_rows(
    table_uri: str,
    files: Sequence[str],
    columns: list[str] | None,
    batch_rows: int,
    wanted: Callable[[pa.RecordBatch], pa.RecordBatch] = lambda batch: batch,
) -> pa.RecordBatchReader:
    """The rows of `files` (paths below the table) one after the other; all columns or some.

    `wanted` leaves the wanted rows of a batch.
    """
    store = pafs.PyFileSystem(DeltaStorageHandler(table_uri))
    with store.open_input_file(files[0]) as first:
        schema = pq.ParquetFile(first).schema_arrow
    if columns is not None:
        schema = pa.schema([schema.field(name) for name in columns])
    batches = _batches(store, files, columns, batch_rows)
    return pa.RecordBatchReader.from_batches(schema, map(wanted, batches))


def row_bytes(table_uri: str, files: Sequence[str]) -> int:
    """About how many bytes a row of the files has, by what their ends say."""
    store = pafs.PyFileSystem(DeltaStorageHandler(table_uri))
    size = rows = 0
    for path in files:
        with store.open_input_file(path) as file:
            end = pq.read_metadata(file)
        groups = (end.row_group(number) for number in range(end.num_row_groups))
        size += sum(group.total_byte_size for group in groups)
        rows += end.num_rows
    return size // max(rows, 1)


def _batches(
    store: pafs.FileSystem, files: Sequence[str], columns: list[str] | None, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    for path in files:
        with store.open_input_file(path) as file:
            # Read ahead, whole column chunks would be in memory whatever the size of the pieces.
            rows = pq.ParquetFile(file, buffer_size=_READ_BYTES, pre_buffer=False)
            yield from rows.iter_batches(batch_rows, columns=columns, use_threads=False)
