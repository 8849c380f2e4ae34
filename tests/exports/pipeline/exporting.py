"""Exports of small lakes into memory, in any format, by the product's own path."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from clevertap_partners.eventstore.profile_reader import ProfileReader
from clevertap_partners.eventstore.profiles import ProfileWriter, canonical_profile
from clevertap_partners.eventstore.reader import EngineLimits
from exports.pipeline.encode import file_extension, profile_ending
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.naming import EventFiles, ProfileFiles, RunNames, event_slugs
from exports.pipeline.plan import UnitPlan
from exports.pipeline.records import EventRecords, ProfileRecords
from exports.pipeline.run import Source, UnitResult, run_unit
from tests.fakes.memory import MemoryLedger, MemorySink
from tests.lakes import DAY, UTC, open_reader, schemas_of, write_lake

Upload = dict[str, Any]
ANY_SIZE = 100_000_000
_numbers = itertools.count()


@dataclass(frozen=True)
class ExportedFile:
    """One object of the bucket; `text` is what is inside, unpacked."""

    name: str
    event_name: str
    index: int
    rows: int
    content: bytes

    @property
    def text(self) -> bytes:
        return gzip.decompress(self.content) if self.name.endswith("gz") else self.content


class EventLake:
    """Events of DAY, and what a run of now would be pinned to."""

    def __init__(self, folder: Path, *loads: Iterable[Upload], memory_mb: int = 160) -> None:
        self._scratch = folder
        self.uri = folder / f"lake-{next(_numbers)}"
        for number, uploads in enumerate(loads):
            write_lake(self.uri, uploads, load=f"load-{number}")
        self._reader = open_reader(self.uri, memory_mb=memory_mb)
        self._version = self._reader.version()
        self.records = EventRecords(schemas_of(self.uri) if self._version is not None else {})

    def export(
        self, format_key: str, *, max_bytes: int = ANY_SIZE, **options: Any
    ) -> list[ExportedFile]:
        """The files by event name and index."""
        assert self._version is not None
        chosen = EncodeOptions(**options)
        names = EventFiles(
            run=RunNames(request_id=1_795_300_000, run_timestamp=1_795_300_060, database_id=0),
            day=DAY,
            extension=file_extension(format_key, chosen),
            slugs=event_slugs(self.records.schemas),
        )
        plan = UnitPlan(names, self.records, format_key, chosen, max_bytes)
        source = partial(self._reader.scan, version=self._version, day=DAY, event_names=None)
        return _exported(plan, source, self._scratch)


class ProfileLake:
    """People, and what a run of now would be pinned to."""

    def __init__(self, folder: Path, *loads: Iterable[Upload], memory_mb: int = 160) -> None:
        self._scratch = folder
        self.uri = folder / f"profiles-{next(_numbers)}"
        for number, uploads in enumerate(loads):
            changes = [canonical_profile(upload, UTC) for upload in uploads]
            ProfileWriter(str(self.uri)).merge(changes, app_id=f"load-{number}", batch=1)
        limits = EngineLimits(memory_mb=memory_mb, scratch_dir=folder / "scratch")
        self.reader = ProfileReader(str(self.uri), limits)
        version = self.reader.version()
        assert version is not None
        self.version = version
        self.records = ProfileRecords(self.reader.survey(version=version))

    def export(
        self,
        format_key: str,
        *,
        max_bytes: int = ANY_SIZE,
        rows_per_shard: int = 500_000,
        **options: Any,
    ) -> list[ExportedFile]:
        """The files of all shards by index; compressed, as those of profiles always are."""
        chosen = EncodeOptions(**{"compress": True, **options})
        run = RunNames(1_795_300_000, 1_795_300_060, 0, account_id=100_000_000)
        files = []
        for shard in self.reader.shards(version=self.version, rows_per_shard=rows_per_shard):
            names = ProfileFiles(run, shard.number, profile_ending(format_key))
            plan = UnitPlan(names, self.records, format_key, chosen, max_bytes)
            source = partial(
                self.reader.scan,
                version=self.version,
                shard=shard.number,
                rows_per_shard=rows_per_shard,
            )
            files += _exported(plan, source, self._scratch)
        return files


def _exported(plan: UnitPlan, source: Source, scratch: Path) -> list[ExportedFile]:
    sink = MemorySink()
    result = run_unit(
        plan,
        source=source,
        sink=sink,
        ledger=MemoryLedger(),
        scratch_dir=scratch,
        still_ours=lambda: None,
    )
    _check_counts(result, sink)
    files = [
        ExportedFile(
            name=name,
            event_name=stored.metadata.get("event-name", ""),
            index=_index(name, plan.files),
            rows=int(stored.metadata["rows"]),
            content=sink.objects[name],
        )
        for name, stored in sink.stored.items()
    ]
    return sorted(files, key=lambda file: (file.event_name, file.index))


def _check_counts(result: UnitResult, sink: MemorySink) -> None:
    stored = sink.stored.values()
    assert result.rows_read == result.rows_written
    assert result.rows_written == sum(int(one.metadata["rows"]) for one in stored)
    assert result.bytes == sum(len(content) for content in sink.objects.values())


def _index(name: str, files: EventFiles | ProfileFiles) -> int:
    parts = name.split("-")
    if isinstance(files, ProfileFiles):
        return int(parts[4]) if len(parts) == 6 else 0
    return int(parts[-2])
