"""[pure] Files of lines: the body that every text format shares.

The engine hands over each row's text in a column `line`. In Arrow's layout the texts of a batch lie
end to end in one buffer, so a run of lines is a slice of it: written without a look at any row.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import BinaryIO

import pyarrow as pa


class LinesBody:
    """Header, lines, footer, never more than `max_bytes` unless one line alone is larger."""

    def __init__(
        self, file: BinaryIO, *, max_bytes: int, header: bytes = b"", footer: bytes = b""
    ) -> None:
        self._file = file
        self._footer = footer
        self._room = max_bytes - len(header) - len(footer)
        file.write(header)
        self.rows = 0
        self.size = len(header)

    def add(self, rows: pa.RecordBatch) -> int:
        offsets, text = line_buffers(rows)
        fits = bisect_right(offsets, offsets[0] + self._room) - 1
        if fits == 0 and self.rows == 0:
            fits = 1
        start, end = offsets[0], offsets[fits]
        self._file.write(text.slice(start, end - start))
        self._room -= end - start
        self.size += end - start
        self.rows += fits
        return fits

    def close(self) -> None:
        self._file.write(self._footer)
        self.size += len(self._footer)


def line_buffers(rows: pa.RecordBatch) -> tuple[memoryview, pa.Buffer]:
    """Where each line starts (one more than there are lines, int32) and the bytes themselves."""
    column = rows.column("line")
    _, offsets, text = column.buffers()
    starts = memoryview(offsets).cast("i")[column.offset : column.offset + len(column) + 1]
    return starts, text
