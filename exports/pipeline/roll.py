"""[pure] Rows into files: a new one at each event name, and before one would grow too large."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import google_crc32c
import pyarrow as pa
import pyarrow.compute as pc

from exports.pipeline.encode.base import Body, Encoder
from exports.pipeline.plan import UnitPlan


@dataclass(frozen=True)
class RolledFile:
    """A finished file on local disk, not yet in the bucket. `body` is open at its start.

    `crc32c` is base64; `min_ts` and `max_ts` are yyyyMMddHHmmss, and None for profiles, whose
    `event_name` is empty.
    """

    name: str
    event_name: str
    index: int
    rows: int
    size: int
    crc32c: str
    min_ts: int | None
    max_ts: int | None
    body: BinaryIO = field(repr=False, compare=False)


def roll(
    batches: Iterable[pa.RecordBatch], plan: UnitPlan, encoder: Encoder, scratch_dir: Path
) -> Iterator[RolledFile]:
    """The files of the unit, each when it is complete; whoever takes one closes its body."""
    current: _OpenFile | None = None
    for batch in batches:
        for event_name, rows in _by_event(batch):
            while rows.num_rows:
                if current is None or current.event_name != event_name:
                    if current is not None:
                        yield current.finish()
                    current = _OpenFile(plan, encoder, scratch_dir, event_name, index=0)
                taken = current.add(rows)
                rows = rows.slice(taken)
                if rows.num_rows:
                    index = current.index + 1
                    yield current.finish()
                    current = _OpenFile(plan, encoder, scratch_dir, event_name, index)
    if current is not None:
        yield current.finish()


def _by_event(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The batch cut where the event name changes; it is sorted by it. Profiles have none."""
    if "event_name" not in batch.schema.names:
        yield "", batch
        return
    runs = pc.run_end_encode(batch.column("event_name"))
    start = 0
    for name, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield name, batch.slice(start, end - start)
        start = end


class _Checksummed:
    """Writes to a file and keeps the running CRC32C of all that was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.crc = 0

    def write(self, data: bytes | pa.Buffer) -> int:
        self.crc = google_crc32c.extend(self.crc, data)
        return self._file.write(data)


class _OpenFile:
    """One file while it grows."""

    def __init__(
        self, plan: UnitPlan, encoder: Encoder, scratch_dir: Path, event_name: str, index: int
    ) -> None:
        self.event_name = event_name
        self.index = index
        self._name = plan.files.name(event_name, index)
        # Unlinked at once by the operating system: a killed worker leaves nothing on the disk.
        file = tempfile.TemporaryFile(dir=scratch_dir)  # noqa: SIM115  (closed by whoever uploads)
        self._file = cast(BinaryIO, file)
        self._summed = _Checksummed(self._file)
        self._body: Body = encoder.body(
            cast(BinaryIO, self._summed), event_name=event_name, max_bytes=plan.max_bytes
        )
        self._min_ts: int | None = None
        self._max_ts: int | None = None

    def add(self, rows: pa.RecordBatch) -> int:
        taken = self._body.add(rows)
        if taken and "ts" in rows.schema.names:
            ts = rows.column("ts")
            self._min_ts = self._min_ts or ts[0].as_py()
            self._max_ts = ts[taken - 1].as_py()
        return taken

    def finish(self) -> RolledFile:
        self._body.close()
        self._file.flush()
        self._file.seek(0)
        return RolledFile(
            name=self._name,
            event_name=self.event_name,
            index=self.index,
            rows=self._body.rows,
            size=self._body.size,
            crc32c=base64.b64encode(self._summed.crc.to_bytes(4, "big")).decode(),
            min_ts=self._min_ts,
            max_ts=self._max_ts,
            body=self._file,
        )
