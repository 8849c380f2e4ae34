"""Importing orders: reading them for nothing, our own import, and what others would do.

All read the same streams. Whoever writes returns the Parquet files with the rows.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from bench.orders import MAPPING, batches
from bench.task import Task
from clevertap_partners.eventstore.batches import Batch
from clevertap_partners.eventstore.canonical import Capture, canonical_event
from clevertap_partners.eventstore.jsontext import Refused
from clevertap_partners.eventstore.staging import as_json, from_json
from clevertap_partners.eventstore.writer import EventWriter
from imports.memory import keep_small
from imports.pipeline.boundary import Boundary
from imports.pipeline.cursor import cursor_us, fingerprints
from imports.pipeline.mapper import MapContext, Mapper
from imports.pipeline.unit import Group, UnitPlan, coalesced, read_unit
from imports.pipeline.who import BANNED

# As imports.steps and the settings have them, which know Django.
GROUP_BYTES, GROUP_ROWS = 40_000_000, 1_000_000
BATCH_ROWS, BATCH_BYTES = 50_000, 32_000_000
KEPT_FAILED_ROWS = 100_000
# Of the per-row way: a commit each, and a file for each of their days.
LOT_ROWS = 200_000
CAPTURED_AT = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
ZONE = ZoneInfo("UTC")


def read(task: Task) -> list[Path]:
    """As Arrow, and thrown away."""
    for _ in batches(task.lake):
        pass
    return []


def partners(task: Task) -> list[Path]:
    """The pure path of a unit and the commit; without the database, which is asked a few times."""
    keep_small()
    writer = EventWriter(str(task.folder / "lake"))
    groups: list[Group] = []
    read_unit(
        UnitPlan(
            part=0,
            judge=Mapper(MAPPING, [], _context()),
            cursor=_cursor(),
            store=_Store(writer),
            room_for_failed=KEPT_FAILED_ROWS,
            group_bytes=GROUP_BYTES,
            group_rows=GROUP_ROWS,
        ),
        coalesced(batches(task.lake), BATCH_ROWS, BATCH_BYTES),
        position=0,
        record=groups.append,
        still_ours=lambda: None,
    )
    staged = [from_json(each) for group in groups for each in group.staged]
    writer.commit_staged(staged, app_id="bench")
    return _files(task)


def per_row(task: Task) -> list[Path]:
    """Each row a Python object, checked and made an event of by the loader of upload records."""
    writer = EventWriter(str(task.folder / "lake"))
    capture = Capture(ZONE, int(CAPTURED_AT.timestamp()))
    for number, batch in enumerate(coalesced(batches(task.lake), LOT_ROWS, LOT_ROWS * 1_000), 1):
        lot = Batch()
        for line, row in enumerate(batch.to_pylist(), 1):
            try:
                record = _record(row)
                event = canonical_event(record, capture, record_id=f"{number}-{line}", plain=False)
            except (Refused, ValueError, OverflowError):
                continue
            lot.add_event(line, event)
        writer.write(lot.events_after(0), app_id="bench", batch=number)
    return _files(task)


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """What an upload would say of the order. Raises ValueError for a bad one."""
    identity = row["customer_id"]
    if identity is None or identity.strip().lower() in {"", *BANNED}:
        raise ValueError("customer_id")
    if row["ordered_at"] > CAPTURED_AT + datetime.timedelta(days=1):
        raise ValueError("ordered_at")
    day = datetime.datetime.strptime(row["delivery_date"], "%d/%m/%Y")
    moment = day.replace(second=1, tzinfo=ZONE)
    values = {each.name: row[each.column] for each in MAPPING.properties}
    values |= {
        "Amount": float(row["amount"]),
        "Weight": float(row["weight"]),
        "Delivery date": f"$D_{int(moment.timestamp())}",
    }
    return {
        "type": "event",
        "identity": identity,
        "ts": int(row["ordered_at"].timestamp()),
        "evtName": MAPPING.event_name,
        "evtData": values,
    }


class _Store:
    """Good rows become files of the lake; failed ones are let go, they are few."""

    def __init__(self, writer: EventWriter) -> None:
        self._writer = writer

    def stage(self, rows: pa.Table) -> list[dict[str, Any]]:
        return [as_json(action) for action in self._writer.stage(rows)]

    def keep(self, kind: str, rows: pa.Table) -> str:
        return kind


def _context() -> MapContext:
    return MapContext(
        zone=ZONE,
        captured_at=CAPTURED_AT,
        record_prefix="import-1",
        admit_event_names=lambda names: names,
        known_object_ids=lambda ids: ids,
    )


def _cursor() -> Boundary:
    """Of a first run: it leaves the fingerprints that a second one would need."""
    return Boundary(
        partial(cursor_us, mapping=MAPPING),
        partial(fingerprints, columns=MAPPING.columns),
        known=None,
        low_us=None,
        now_us=int(CAPTURED_AT.timestamp()) * 1_000_000,
    )


def _files(task: Task) -> list[Path]:
    return sorted(_parquet(task.folder / "lake"))


def _parquet(folder: Path) -> Iterator[Path]:
    yield from folder.rglob("*.parquet")
