"""[pure] Upload records become batches for the lake: rows of events, profiles, and rejects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from clevertap_partners.eventstore.canonical import Capture, EventRow, canonical_event
from clevertap_partners.eventstore.jsontext import Refused
from clevertap_partners.eventstore.profiles import ProfileChange, canonical_profile
from clevertap_partners.eventstore.records import EVENTS_SCHEMA
from clevertap_partners.eventstore.uploads import Upload

BATCH_RECORDS = 100_000
BATCH_BYTES = 64_000_000
MAX_EVENT_TYPES = 512
# Python rows are ten times as large as Arrow's: turn them over in small lots.
_LOT_ROWS = 5_000


@dataclass(frozen=True)
class Reject:
    """A record that was not loaded, and why."""

    line: int
    reason: str
    text: str


@dataclass
class Batch:
    """Consecutive records of a file; `last_line` numbers the batch within its file."""

    last_line: int = 0
    event_lines: list[int] = field(default_factory=list)
    profiles: list[ProfileChange] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    # Ids that the sender chose may come again in another file; ours cannot.
    has_given_ids: bool = False
    records: int = 0
    bytes: int = 0
    _rows: list[EventRow] = field(default_factory=list)
    _lots: list[pa.RecordBatch] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return self.records >= BATCH_RECORDS or self.bytes >= BATCH_BYTES

    def add_event(self, line: int, row: EventRow) -> None:
        self.event_lines.append(line)
        self._rows.append(row)
        if len(self._rows) >= _LOT_ROWS:
            self._turn_over()

    def events_after(self, line: int) -> pa.Table:
        """Rows of EVENTS_SCHEMA of the events beyond that line of the file."""
        self._turn_over()
        rows = pa.Table.from_batches(self._lots, EVENTS_SCHEMA)
        return rows.slice(bisect_right(self.event_lines, line))

    def _turn_over(self) -> None:
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [
                pa.array(column, kind.type)
                for column, kind in zip(columns, EVENTS_SCHEMA, strict=True)
            ]
            self._lots.append(pa.RecordBatch.from_arrays(arrays, schema=EVENTS_SCHEMA))
            self._rows.clear()


class Batcher:
    """Turns the records of one file into batches, by the rules of `canonical`.

    `event_names` are the account's so far: new ones are welcome up to MAX_EVENT_TYPES.
    """

    def __init__(self, *, file_id: str, capture: Capture, event_names: Iterable[str]) -> None:
        self._file_id = file_id
        self._capture = capture
        self._names = set(event_names)

    def batches(self, uploads: Iterable[Upload]) -> Iterator[Batch]:
        batch = Batch()
        for upload in uploads:
            self._add(batch, upload)
            if batch.is_full:
                yield batch
                batch = Batch()
        if batch.records:
            yield batch

    def _add(self, batch: Batch, upload: Upload) -> None:
        batch.last_line = upload.line
        batch.records += 1
        batch.bytes += upload.size
        try:
            self._add_record(batch, upload)
        except Refused as refused:
            batch.rejects.append(Reject(upload.line, str(refused), upload.text()))

    def _add_record(self, batch: Batch, upload: Upload) -> None:
        record, plain = upload.record()
        if _kind(record) == "profile":
            batch.profiles.append(canonical_profile(record, self._capture))
            return
        # Unique in the account, the same at every load of the file, and in the file's order.
        record_id = f"{self._file_id}-{upload.line:010d}"
        row = canonical_event(record, self._capture, record_id=record_id, plain=plain)
        self._count_in(row.event_name)
        batch.add_event(upload.line, row)
        batch.has_given_ids = batch.has_given_ids or row.record_id is not record_id

    def _count_in(self, name: str) -> None:
        if name in self._names:
            return
        if len(self._names) >= MAX_EVENT_TYPES:
            raise Refused(f"would be event type {MAX_EVENT_TYPES + 1} of the account: “{name}”")
        self._names.add(name)


def _kind(record: Any) -> str:
    if not isinstance(record, dict):
        raise Refused("is not a JSON object")
    kind = record.get("type")
    if kind not in ("event", "profile"):
        raise Refused("has a type that is neither “event” nor “profile”")
    return str(kind)
