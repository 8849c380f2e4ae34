"""[pure] A Parquet file that keeps within its limit.

How small rows become is known only when they are written. So what waits to be written is counted at
its worst case, and a row group is written early when that would not fit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP_ROWS = 64 * 1024
# A row group in memory, as text and as columns, is part of a worker's bounded memory.
ROW_GROUP_BYTES = 24_000_000
CELL_BYTES = 8
# Groups smaller than this part of the limit are not worth their overhead: the file is full.
_SMALLEST_PART = 16
# What the file's end says of a column of a row group, and a page's header, without names.
_COLUMN_BYTES = 600
_BUFFER_BYTES = 1_000_000


class ParquetBody:
    """Rows on their way into row groups; `table` gives them the columns of `schema`."""

    def __init__(
        self,
        file: BinaryIO,
        max_bytes: int,
        schema: pa.Schema,
        table: Callable[[pa.Table], pa.Table],
    ) -> None:
        self._out = _Output(file)
        self._max_bytes = max_bytes
        self._table = table
        # The writer writes page by page, some a hundred bytes; they go on together.
        self._buffered = pa.output_stream(self._out, buffer_size=_BUFFER_BYTES)
        self._writer = pq.ParquetWriter(
            self._buffered,
            schema,
            compression="zstd",
            write_statistics=[name for name in ("ts", "eventTime") if name in schema.names],
            store_schema=False,
        )
        leaves = _leaf_count(schema)
        # Twice: the schema is said once for each leaf as well.
        self._group_bytes = leaves * _COLUMN_BYTES + 2 * len(schema.serialize())
        self._leaves = leaves
        # Typed columns have a place for each value, there or not.
        self._group_rows = max(min(ROW_GROUP_ROWS, ROW_GROUP_BYTES // (CELL_BYTES * leaves)), 1)
        self._groups = 0
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self.rows = 0

    @property
    def size(self) -> int:
        return self._out.size

    def add(self, rows: pa.RecordBatch) -> int:
        taken = 0
        while taken < rows.num_rows:
            count = self._fitting(rows.slice(taken, self._group_rows - self._waiting_rows))
            if not count and self.rows == 0:
                count = 1
            elif not count and not self._settle():
                break
            self._take(rows.slice(taken, count))
            taken += count
        return taken

    def close(self) -> None:
        self._write_group()
        self._writer.close()
        self._buffered.flush()

    def _take(self, rows: pa.RecordBatch) -> None:
        if not rows.num_rows:
            return
        self._waiting.append(rows)
        self._waiting_rows += rows.num_rows
        self._waiting_bytes += _worst_bytes(rows, self._leaves)
        self.rows += rows.num_rows
        if self._waiting_rows >= self._group_rows or self._waiting_bytes >= ROW_GROUP_BYTES:
            self._write_group()

    def _fitting(self, rows: pa.RecordBatch) -> int:
        """How many of the rows fit for certain, with all that waits and the file's end."""
        ends = (self._groups + 2) * self._group_bytes
        room = self._max_bytes - self.size - self._waiting_bytes - ends
        if _worst_bytes(rows, self._leaves) <= room:
            return int(rows.num_rows)
        low, high = 0, rows.num_rows
        while low < high:
            middle = (low + high + 1) // 2
            if _worst_bytes(rows.slice(0, middle), self._leaves) <= room:
                low = middle
            else:
                high = middle - 1
        return low

    def _settle(self) -> bool:
        """Write what waits, to know its true size; False when that is hardly anything."""
        if self._waiting_bytes * _SMALLEST_PART < self._max_bytes:
            return False
        self._write_group()
        return True

    def _write_group(self) -> None:
        if not self._waiting:
            return
        table = self._table(pa.Table.from_batches(self._waiting))
        self._writer.write_table(table, row_group_size=table.num_rows)
        self._buffered.flush()
        self._groups += 1
        self._waiting.clear()
        self._waiting_rows = self._waiting_bytes = 0


class _Output:
    """What the Parquet writer needs of a file, and how much went into it."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        return None

    def close(self) -> None:
        return None


def _worst_bytes(rows: pa.RecordBatch, leaves: int) -> int:
    """What the rows may take in a file that compresses nothing: numbers take more than their text,
    and for each value there is a mark whether it is there.
    """
    return int(2 * rows.nbytes + rows.num_rows * leaves // 4)


def _leaf_count(schema: pa.Schema) -> int:
    return sum(_leaves(field.type) for field in schema)


def _leaves(kind: pa.DataType) -> int:
    if pa.types.is_struct(kind):
        return sum(_leaves(kind.field(number).type) for number in range(kind.num_fields))
    return _leaves(kind.value_type) if pa.types.is_list(kind) else 1
