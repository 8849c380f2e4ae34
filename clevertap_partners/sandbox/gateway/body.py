"""The body of a request, read once, in blocks, with a limit: never whole in memory."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 256 * 1024
MAX_BODY = 200_000_000
MAX_SMALL_BODY = 1_000_000


class BodyTooLarge(Exception):
    """More bytes than the sandbox takes."""


class ClientGone(Exception):
    """The connection ended before the body did, or a fault says that it should."""


@dataclass
class Pace:
    """What a fault does to a body: so many bytes a second, or an end after so many bytes."""

    bytes_per_second: int = 0
    cut_after: int | None = None

    def apply(self, block: bytes, done: int) -> bytes:
        """The part of the block that passes, after the wait it costs."""
        if self.bytes_per_second:
            time.sleep(len(block) / self.bytes_per_second)
        if self.cut_after is None:
            return block
        return block[: max(0, self.cut_after - done)]

    @property
    def block(self) -> int:
        return min(BLOCK, max(1, self.bytes_per_second // 10)) if self.bytes_per_second else BLOCK


class Body:
    """`length` None means chunked transfer encoding."""

    def __init__(self, source: BinaryIO, *, length: int | None) -> None:
        self._source = source
        self._length = length
        self.pace = Pace()
        self.started = False
        self.finished = length == 0

    @classmethod
    def empty(cls) -> Body:
        return cls(io.BytesIO(), length=0)

    def blocks(self) -> Iterator[bytes]:
        """The body, once. Raises BodyTooLarge, or ClientGone when it ends too early."""
        if self.finished:
            return
        self.started = True
        done = 0
        for block in self._chunked() if self._length is None else self._counted(self._length):
            passed = self.pace.apply(block, done)
            done += len(passed)
            if done > MAX_BODY:
                raise BodyTooLarge
            yield passed
            if len(passed) < len(block):
                raise ClientGone
        self.finished = True

    def read_small(self) -> bytes:
        """A body that is known to be short, such as JSON."""
        parts = b""
        for block in self.blocks():
            parts += block
            if len(parts) > MAX_SMALL_BODY:
                raise BodyTooLarge
        return parts

    def drain(self) -> None:
        """Read what nobody asked for, so that the next request on this connection is understood."""
        for _ in self.blocks():
            pass

    def _counted(self, length: int) -> Iterator[bytes]:
        if length > MAX_BODY:
            raise BodyTooLarge
        left = length
        while left:
            block = self._source.read(min(left, self.pace.block))
            if not block:
                raise ClientGone
            left -= len(block)
            yield block

    def _chunked(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            if size > MAX_BODY:
                raise BodyTooLarge
            yield from self._counted(size)
            self._source.readline(8)
        while self._source.readline(65_536).strip():
            pass

    def _chunk_size(self) -> int:
        line = self._source.readline(1024)
        try:
            return int(line.split(b";")[0], 16)
        except ValueError as error:
            raise ClientGone from error
