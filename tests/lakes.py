"""Small lakes for tests, written by the product's own writer."""

from __future__ import annotations

import datetime
import json
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from clevertap_partners.eventstore.batches import Batch
from clevertap_partners.eventstore.canonical import Capture, canonical_event
from clevertap_partners.eventstore.files import survey_files
from clevertap_partners.eventstore.reader import EngineLimits, EventReader
from clevertap_partners.eventstore.schema import EventSchema, PropertySchema, property_schema
from clevertap_partners.eventstore.writer import EventWriter

UTC = Capture(zone=zoneinfo.ZoneInfo("UTC"), captured_s=1_795_300_000)
DAY = datetime.date(2026, 11, 21)
MIDNIGHT = 1_795_219_200  # the start of DAY in UTC


def event(name: str, at: int = 0, record_id: str = "", **fields: Any) -> dict[str, Any]:
    """An upload record, `at` seconds into DAY."""
    known = {"type": "event", "identity": "u-1", "evtName": name, "ts": MIDNIGHT + at}
    return {**known, "record_id": record_id or f"{name}-{at}", "evtData": {}, **fields}


def write_lake(uri: Path, records: Iterable[dict[str, Any]], *, load: str = "load") -> None:
    """Commit the records as one load."""
    batch = Batch()
    for line, record in enumerate(records, 1):
        row = canonical_event(record, UTC, record_id=f"{load}-{line}", plain=False)
        batch.add_event(line, row)
    EventWriter(str(uri)).write(batch.events_after(0), app_id=load, batch=1)


def read_ndjson(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def open_reader(uri: Path, *, memory_mb: int = 160) -> EventReader:
    return EventReader(str(uri), EngineLimits(memory_mb=memory_mb, scratch_dir=uri / "scratch"))


def schemas_of(uri: Path) -> dict[str, EventSchema]:
    """The properties of each event that the lake holds now, as the catalogue would tell them."""
    found = survey_files(DeltaTable(str(uri)))
    properties: dict[tuple[str, str], list[PropertySchema]] = {}
    for key, seen in found.properties.items():
        known = property_schema(key.name, seen.kinds, seen.inner)
        properties.setdefault((key.event_name, key.scope), []).append(known)
    return {
        name: EventSchema(
            tuple(properties.get((name, "event"), ())), tuple(properties.get((name, "session"), ()))
        )
        for name, _ in found.days
    }
