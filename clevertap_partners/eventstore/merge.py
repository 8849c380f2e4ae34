"""[pure] Merges sorted streams of record batches, batch by batch, never row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Key = tuple[Any, ...]


class LakeUnsorted(Exception):
    """A stream that must be sorted is not: the lake was written by something that is not ours."""


def merge_sorted(
    streams: Sequence[Iterator[pa.RecordBatch]], keys: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """All rows of `streams` in the order of `keys`; each stream must be in that order already.

    In each round everything up to the smallest last key at hand is safe to give out: what follows
    in any stream is larger. Raises LakeUnsorted when a stream goes backwards.
    """
    heads = [head for head in (_Head(stream, keys) for stream in streams) if head.batch is not None]
    while len(heads) > 1:
        bound = min(head.last_key for head in heads)
        yield from _sorted(parts := [head.take(bound) for head in heads], keys)
        del parts
        heads = [head for head in heads if head.batch is not None]
    for head in heads:
        yield from head.rest()


class _Head:
    """One stream and its current batch; `batch` is None at the end."""

    def __init__(self, stream: Iterator[pa.RecordBatch], keys: Sequence[str]) -> None:
        self._stream = stream
        self._keys = keys
        self.batch: pa.RecordBatch | None = None
        self.last_key: Key = ()
        self._advance()

    def take(self, bound: Key) -> pa.RecordBatch:
        """The current batch's rows up to and including `bound`; goes on when it is used up."""
        assert self.batch is not None  # noqa: S101  (merge_sorted drops finished streams)
        batch, rows = self.batch, self._rows_until(bound)
        if rows == batch.num_rows:
            self._advance()
        else:
            self.batch = batch.slice(rows)
        return batch.slice(0, rows)

    def rest(self) -> Iterator[pa.RecordBatch]:
        while self.batch is not None:
            yield self.batch
            self._advance()

    def _advance(self) -> None:
        self.batch = next((batch for batch in self._stream if batch.num_rows), None)
        if self.batch is None:
            return
        _check_order(self.batch, self._keys, self.last_key)
        self.last_key = self._key(self.batch.num_rows - 1)

    def _rows_until(self, bound: Key) -> int:
        assert self.batch is not None  # noqa: S101  (called by take only)
        low, high = 0, self.batch.num_rows
        while low < high:
            middle = (low + high) // 2
            if self._key(middle) <= bound:
                low = middle + 1
            else:
                high = middle
        return low

    def _key(self, row: int) -> Key:
        assert self.batch is not None  # noqa: S101  (called with a batch at hand)
        return _key_at(self.batch, self._keys, row)


def _key_at(batch: pa.RecordBatch, keys: Sequence[str], row: int) -> Key:
    return tuple(batch.column(key)[row].as_py() for key in keys)


def _sorted(parts: list[pa.RecordBatch], keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    parts = [part for part in parts if part.num_rows]
    if len(parts) == 1:
        yield parts[0]
        return
    table = pa.Table.from_batches(parts)
    yield from table.sort_by([(key, "ascending") for key in keys]).combine_chunks().to_batches()


def _check_order(batch: pa.RecordBatch, keys: Sequence[str], before: Key) -> None:
    """Raises LakeUnsorted unless the batch goes on from `before` and never goes back."""
    if before and _key_at(batch, keys, 0) < before:
        raise LakeUnsorted("A file of the lake is not sorted across batches.")
    if batch.num_rows > 1 and not pc.all(_not_descending(batch, list(keys))).as_py():
        raise LakeUnsorted("A file of the lake is not sorted.")


def _not_descending(batch: pa.RecordBatch, keys: list[str]) -> pa.Array:
    """For each pair of neighbours: is the later one not smaller? Compared key by key."""
    column = batch.column(keys[0])
    earlier, later = column.slice(0, len(column) - 1), column.slice(1)
    if len(keys) == 1:
        return pc.less_equal(earlier, later)
    return pc.or_(
        pc.less(earlier, later),
        pc.and_(pc.equal(earlier, later), _not_descending(batch, keys[1:])),
    )
