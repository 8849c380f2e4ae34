"""[pure] Rows of Parquet files in an object store, through delta-rs' own access to it.

DuckDB's reader of remote files is an extension that it downloads at run time; this needs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake.fs import DeltaStorageHandler

BATCH_ROWS = 8_192


def remote_rows(
    table_uri: str, files: Sequence[str], columns: list[str] | None = None
) -> pa.RecordBatchReader:
    """The rows of `files` (paths below the table) one after the other; all columns or some."""
    store = pafs.PyFileSystem(DeltaStorageHandler(table_uri))
    with store.open_input_file(files[0]) as first:
        schema = pq.ParquetFile(first).schema_arrow
    if columns is not None:
        schema = pa.schema([schema.field(name) for name in columns])
    return pa.RecordBatchReader.from_batches(schema, _batches(store, files, columns))


def _batches(
    store: pafs.FileSystem, files: Sequence[str], columns: list[str] | None
) -> Iterator[pa.RecordBatch]:
    for path in files:
        with store.open_input_file(path) as file:
            yield from pq.ParquetFile(file).iter_batches(
                BATCH_ROWS, columns=columns, use_threads=False
            )
