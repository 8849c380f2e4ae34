"""[pure] One unit of an export run, from the lake to the bucket. The whole story on one screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from clevertap_partners.core.objects import NewObject
from clevertap_partners.eventstore.query import Query
from exports.pipeline.encode import content_type, open_encoder
from exports.pipeline.ledger import Ledger
from exports.pipeline.naming import EventFiles
from exports.pipeline.plan import UnitPlan
from exports.pipeline.roll import RolledFile, roll
from exports.pipeline.upload import Sink, upload


class Source(Protocol):
    """Reads the unit's rows, always in the same order: a reader of the lake, given what to read."""

    def __call__(self, *, query: Query) -> Iterator[pa.RecordBatch]: ...


@dataclass
class UnitResult:
    """What was read and what is in the bucket now."""

    rows_read: int = 0
    rows_written: int = 0
    files: int = 0
    bytes: int = 0


def run_unit(
    plan: UnitPlan,
    *,
    source: Source,
    sink: Sink,
    ledger: Ledger,
    scratch_dir: Path,
    still_ours: Callable[[], None],
) -> UnitResult:
    """Write the files of one unit. Safe to repeat: what the ledger holds is not written again.

    `still_ours` raises LeaseLost when another worker has taken over; nothing more is written then.
    """
    result = UnitResult()
    encoder = open_encoder(plan.format_key, plan.options, plan.records)
    batches = chain.from_iterable(source(query=query) for query in encoder.queries())
    counted = _count(batches, result, still_ours)
    files = roll(counted, plan, encoder, scratch_dir)
    for file, stored in upload(files, sink, ledger, lambda file: describe(file, plan)):
        ledger.record(file, stored)
        result.rows_written += file.rows
        result.files += 1
        result.bytes += stored.size
    return result


def describe(file: RolledFile, plan: UnitPlan) -> NewObject:
    """The object as announced to the bucket; its metadata says what the name may not show."""
    event = {}
    if isinstance(plan.files, EventFiles):
        event = {"event-name": file.event_name, "event-day": plan.files.day.isoformat()}
    return NewObject(
        name=file.name,
        content_type=content_type(plan.format_key, plan.options),
        size=file.size,
        crc32c=file.crc32c,
        metadata={"run": plan.files.run.run, **event, "rows": str(file.rows)},
    )


def _count(
    batches: Iterable[pa.RecordBatch], result: UnitResult, still_ours: Callable[[], None]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        still_ours()
        result.rows_read += batch.num_rows
        yield batch
