"""[pure] Gzip with a size that is known while it grows, so that a file keeps within its limit.

The text goes through in blocks, and after each the compressor gives out all that it holds. What is
not yet compressed is counted at its worst case. Blocks are cut by the text alone, never by how it
arrives, so the same text always makes the same bytes.
"""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa
from isal import isal_zlib

BLOCK_BYTES = 256 * 1024
# Below this, compressing early gains less than it costs.
MIN_SETTLE_BYTES = 4 * 1024
# igzip's fast level: ten times as fast as zlib's, on events within a few percent of its size.
LEVEL = 1
GZIP_CONTAINER = 31
# Last block, checksum and length at the end of the file.
_END_BYTES = 64
# Deflate makes nine bits of a byte at worst.
_WORST_SHIFT = 3


class GzipWriter:
    """One gzip member, written to `file` block by block. `size` counts compressed bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._deflate = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, GZIP_CONTAINER)
        self._pending = bytearray()
        self.size = 0

    def write(self, data: bytes | pa.Buffer) -> None:
        self._pending += memoryview(data)
        while len(self._pending) >= BLOCK_BYTES:
            self._compress(BLOCK_BYTES)

    def room(self, max_bytes: int) -> int:
        """Bytes of text that fit for certain into a file of `max_bytes`."""
        left = max_bytes - self.size - _END_BYTES
        # The largest x with x + x / 8 <= left.
        return left * 8 // 9 - len(self._pending)

    def settle(self) -> bool:
        """Compress what is waiting, to know its true size; False when that is hardly anything."""
        if len(self._pending) < MIN_SETTLE_BYTES:
            return False
        self._compress(len(self._pending))
        return True

    def close(self) -> None:
        self._put(self._deflate.compress(self._pending) + self._deflate.flush())

    def _compress(self, count: int) -> None:
        with memoryview(self._pending) as waiting:
            packed = self._deflate.compress(waiting[:count])
        self._put(packed + self._deflate.flush(isal_zlib.Z_SYNC_FLUSH))
        del self._pending[:count]

    def _put(self, packed: bytes) -> None:
        self._file.write(packed)
        self.size += len(packed)
