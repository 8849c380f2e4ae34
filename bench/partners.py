"""Our export, as a worker does a unit of it: scan in order, encode, roll, checksum, upload."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from bench.data import DAY
from bench.fields import EVENT, SESSION
from bench.task import Contender, Task
from clevertap_partners.core.objects import MayNotRead, NewObject, StoredObject
from clevertap_partners.eventstore.reader import EngineLimits, EventReader
from clevertap_partners.eventstore.schema import EventSchema, PropertySchema
from exports.pipeline.encode import file_extension
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.naming import EventFiles, RunNames, event_slugs
from exports.pipeline.plan import UnitPlan
from exports.pipeline.records import EventRecords
from exports.pipeline.roll import RolledFile
from exports.pipeline.run import run_unit
from exports.pipeline.upload import Sink

# What a worker has: clevertap_partners/settings.py.
ENGINE_MEMORY_MB = 160
MAX_BYTES = 100_000_000

_KINDS = {"text": "string", "float": "float", "integer": "integer", "boolean": "boolean"}


def _properties(fields: dict[str, Any]) -> tuple[PropertySchema, ...]:
    return tuple(PropertySchema(name, (_KINDS[fields[name]],), {}) for name in sorted(fields))


# What the event catalogue says of each of the benchmark's events.
SCHEMA = EventSchema(_properties(EVENT), _properties(SESSION))


def exporter(file_format: str) -> Contender:
    return lambda task: export(file_format, task)


def export(file_format: str, task: Task) -> list[Path]:
    limits = EngineLimits(memory_mb=ENGINE_MEMORY_MB, scratch_dir=task.folder)
    reader = EventReader(str(task.lake), limits)
    version = reader.version() or 0
    counts = reader.counts(version=version, first_day=DAY, last_day=DAY, event_names=None)
    rows = sum(count.rows for count in counts)
    plan = unit_plan(file_format, task, rows, {count.event_name for count in counts})
    result = run_unit(
        plan,
        source=partial(reader.scan, version=version, day=DAY, event_names=None),
        sink=open_sink(task),
        ledger=Forgetful(),
        scratch_dir=task.folder,
        still_ours=lambda: None,
    )
    assert result.rows_written == rows
    return sorted(task.folder.glob(f"{plan.files.run.prefix}*"))


def unit_plan(file_format: str, task: Task, rows: int, event_names: set[str]) -> UnitPlan:
    options = EncodeOptions(compress=task.bucket is not None)
    return UnitPlan(
        files=EventFiles(
            # The number of rows as request id: so the warm-up's objects have names of their own.
            run=RunNames(request_id=rows, run_timestamp=1, database_id=0),
            day=DAY,
            extension=file_extension(file_format, options),
            slugs=event_slugs(event_names),
        ),
        records=EventRecords(dict.fromkeys(event_names, SCHEMA)),
        format_key=file_format,
        options=options,
        max_bytes=MAX_BYTES,
    )


def open_sink(task: Task) -> Sink:
    if task.bucket is not None:
        return bucket(task.bucket)
    return Folder(task.folder) if task.keep else Nowhere()


@functools.cache
def bucket(file: Path) -> Sink:
    """The bucket of the sandbox that the file describes; opened once, as by a worker."""
    # Google's client takes a second to load, which the other measures need not wait for.
    from integrations.partners.gcs.config import GcsConfig  # noqa: PLC0415
    from integrations.partners.gcs.sink import GcsSink  # noqa: PLC0415
    from integrations.partners.google.keys import parse_key  # noqa: PLC0415

    told = json.loads(file.read_text())
    key = parse_key(json.dumps(told["key"]), [told["key"]["token_uri"]])
    return GcsSink(GcsConfig(bucket_name=told["bucket"], key=key, storage_url=told["url"]))


class Nowhere:
    """A bucket without a network: takes note of a file and forgets it."""

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        return StoredObject(new.name, new.size, new.crc32c, "", 1, new.metadata)

    def look(self, name: str) -> StoredObject | None:
        raise _write_only()

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        raise _write_only()


class Folder(Nowhere):
    """A bucket that is a folder, for checks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        with (self._folder / new.name).open("wb") as file:
            shutil.copyfileobj(body, file)
        return super().create(new, body)


class Forgetful:
    """A ledger that knows of nothing, so that everything is written."""

    def find(self, name: str) -> StoredObject | None:
        return None

    def intend(self, file: RolledFile) -> bool:
        return False

    def withdraw(self, file: RolledFile) -> None:
        return None

    def record(self, file: RolledFile, stored: StoredObject) -> None:
        return None


def _write_only() -> MayNotRead:
    return MayNotRead("This bucket is for writing only.", code="may_not_read", fix="None needed.")
