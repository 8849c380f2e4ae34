"""What a run holds, decided once: the version of the lake, the properties, the units of work."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from clevertap_partners.core.faults import error
from clevertap_partners.eventstore.catalogue import catalogue_catch_up
from clevertap_partners.eventstore.commits import version_at
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.profile_reader import ProfileReader
from clevertap_partners.eventstore.reader import DayCount, EngineLimits, EventReader
from clevertap_partners.eventstore.selectors import catalogued_version, event_schemas
from exports import faults
from exports.models import Export, ExportRun
from exports.pipeline.encode import FORMATS
from exports.pipeline.naming import event_slugs
from exports.pipeline.plan import PlannedUnit, plan_days, plan_shards
from exports.pipeline.records import EventRecords, ProfileRecords, Records
from exports.selectors import last_finished, wanted_names

EVERY_DAY = (datetime.date.min, datetime.date.max)


@dataclass(frozen=True)
class RunScope:
    """All that a run is pinned to. `store_version` is None when the account has no such records.

    `since_version` is None for a run that sends everything its export is about.
    """

    store_version: int | None
    records: Records
    units: Sequence[PlannedUnit] = ()
    slugs: Mapping[str, str] = field(default_factory=dict)
    since_version: int | None = None


def plan_events(run: ExportRun) -> RunScope:
    """The days of the export; after the first run of a recurring one what has arrived since."""
    export, since = run.export, since_version(run)
    reader = open_events(export)
    # In this order: whatever the catalogue knows, the lake has held before.
    known = catalogued_version(account=export.account)
    version = reader.version()
    if (version or 0) < max(known, since or 0):
        raise error(faults.LAKE_INCOMPLETE)
    if version is None:
        return RunScope(None, EventRecords(), since_version=since)
    version = _pinned(run, events_uri(export.account_id), since, version)
    # Late events go out whatever their day: only what there is at first is bound to days.
    first_day, last_day = run.event_days if since is None else EVERY_DAY
    counts = reader.counts(
        version=version,
        first_day=first_day,
        last_day=last_day,
        event_names=wanted_names(run),
        since=since,
    )
    return RunScope(
        store_version=version,
        records=_event_records(run, version, counts),
        units=plan_days(counts),
        slugs=event_slugs(count.event_name for count in counts),
        since_version=since,
    )


def plan_profiles(run: ExportRun) -> RunScope:
    """Everybody; after the first run of a recurring export those who have changed since."""
    export, since = run.export, since_version(run)
    reader = open_profiles(export)
    version = reader.version()
    if (version or 0) < (since or 0):
        raise error(faults.LAKE_INCOMPLETE)
    if version is None:
        return RunScope(None, ProfileRecords(), since_version=since)
    version = _pinned(run, profiles_uri(export.account_id), since, version)
    return RunScope(
        store_version=version,
        records=ProfileRecords(reader.survey(version=version)),
        units=plan_shards(reader.shards(version=version, since=since)),
        since_version=since,
    )


def since_version(run: ExportRun) -> int | None:
    """Where the last finished run of a recurring export ended: there this one begins."""
    before = last_finished(run.export) if run.export.is_recurring else None
    # Before anything was loaded there was the empty table, which is version 0.
    return None if before is None else before.store_version or 0


def _pinned(run: ExportRun, table_uri: str, since: int | None, newest: int) -> int:
    """A window of a recurring export ends at its slot; anything else at the newest version."""
    if run.due_at is None:
        return newest
    version = version_at(table_uri, since=since or 0, moment=run.due_at)
    return newest if version is None else version


def open_events(export: Export) -> EventReader:
    return EventReader(events_uri(export.account_id), engine_limits())


def open_profiles(export: Export) -> ProfileReader:
    return ProfileReader(profiles_uri(export.account_id), engine_limits())


def engine_limits() -> EngineLimits:
    return EngineLimits(memory_mb=settings.ENGINE_MEMORY_MB, scratch_dir=scratch_dir())


def scratch_dir() -> Path:
    path = Path(settings.SCRATCH_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


def _event_records(run: ExportRun, version: int, counts: Sequence[DayCount]) -> EventRecords:
    """The properties of the run's events, from a catalogue that knows all of the version."""
    account = run.export.account
    if not FORMATS[run.format].needs_schema:
        return EventRecords()
    if catalogue_catch_up(account=account) < version:
        raise error(faults.CATALOGUE_BEHIND)
    names = sorted({count.event_name for count in counts})
    return EventRecords(event_schemas(account=account, event_names=names))
