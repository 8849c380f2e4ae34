"""[pure] Files of lines: the body that every text format shares, as it is or through gzip.

The engine hands over each row's text in a column `line`. In Arrow's layout the texts of a batch lie
end to end in one buffer, so a run of lines is a slice of it: written without a look at any row.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import BinaryIO, Protocol

import pyarrow as pa

from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.encode.gzip import GzipWriter


class Writer(Protocol):
    """Where text goes on its way into a file, and how large the file may still become by it."""

    size: int

    def write(self, data: bytes | pa.Buffer) -> None: ...

    def room(self, max_bytes: int) -> int:
        """Bytes of text that fit for certain into a file of `max_bytes`, its end included."""

    def settle(self) -> bool:
        """Make `room` as exact as it can be now; False when there was nothing to do."""

    def close(self) -> None: ...


class LinesBody:
    """Header, lines, footer, never more than `max_bytes` unless one line alone is larger."""

    def __init__(
        self, writer: Writer, *, max_bytes: int, header: bytes = b"", footer: bytes = b""
    ) -> None:
        self._writer = writer
        self._max_bytes = max_bytes
        self._footer = footer
        writer.write(header)
        self.rows = 0

    @property
    def size(self) -> int:
        return self._writer.size

    def add(self, rows: pa.RecordBatch) -> int:
        offsets, text = line_buffers(rows)
        taken = 0
        while taken < len(rows):
            fits = self._fitting(offsets, taken)
            if not fits and self.rows == 0:
                fits = 1
            elif not fits and not self._writer.settle():
                break
            start, end = offsets[taken], offsets[taken + fits]
            self._writer.write(text.slice(start, end - start))
            taken += fits
            self.rows += fits
        return taken

    def close(self) -> None:
        self._writer.write(self._footer)
        self._writer.close()

    def _fitting(self, offsets: memoryview, first: int) -> int:
        """How many lines from `first` on fit for certain."""
        room = self._writer.room(self._max_bytes) - len(self._footer)
        return max(bisect_right(offsets, offsets[first] + room, lo=first) - 1 - first, 0)


class PlainWriter:
    """Text as it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def write(self, data: bytes | pa.Buffer) -> None:
        self._file.write(data)
        self.size += len(data)

    def room(self, max_bytes: int) -> int:
        return max_bytes - self.size

    def settle(self) -> bool:
        return False

    def close(self) -> None:
        return None


def lines_body(
    file: BinaryIO,
    options: EncodeOptions,
    *,
    max_bytes: int,
    header: bytes = b"",
    footer: bytes = b"",
) -> LinesBody:
    writer = GzipWriter(file) if options.compress else PlainWriter(file)
    return LinesBody(writer, max_bytes=max_bytes, header=header, footer=footer)


def line_buffers(rows: pa.RecordBatch) -> tuple[memoryview, pa.Buffer]:
    """Where each line starts (one more than there are lines, int32) and the bytes themselves."""
    column = rows.column("line")
    _, offsets, text = column.buffers()
    starts = memoryview(offsets).cast("i")[column.offset : column.offset + len(column) + 1]
    return starts, text
