"""What a run holds, decided once: the version of the lake, the properties, the units of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.eventstore.catalogue import catalogue_catch_up
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.profile_reader import ProfileReader
from clevertap_partners.eventstore.reader import DayCount, EngineLimits, EventReader
from clevertap_partners.eventstore.selectors import catalogued_version, event_schemas
from exports.models import Export
from exports.pipeline.encode import FORMATS
from exports.pipeline.naming import event_slugs
from exports.pipeline.plan import PlannedUnit, plan_days, plan_shards
from exports.pipeline.records import EventRecords, ProfileRecords, Records
from exports.selectors import wanted_names


@dataclass(frozen=True)
class RunScope:
    """All that a run is pinned to. `store_version` is None when the account has no such records."""

    store_version: int | None
    records: Records
    units: Sequence[PlannedUnit] = ()
    slugs: Mapping[str, str] = field(default_factory=dict)


def plan_events(export: Export) -> RunScope:
    """The days of the export at the newest version of the lake."""
    reader = open_events(export)
    # In this order: whatever the catalogue knows, the lake has held before.
    known = catalogued_version(account=export.account)
    version = reader.version()
    if (version or 0) < known:
        raise _lake_incomplete()
    if version is None:
        return RunScope(None, EventRecords())
    first_day, last_day = export.event_days
    counts = reader.counts(
        version=version,
        first_day=first_day,
        last_day=last_day,
        event_names=wanted_names(export),
    )
    return RunScope(
        store_version=version,
        records=_event_records(export, version, counts),
        units=plan_days(counts),
        slugs=event_slugs(count.event_name for count in counts),
    )


def plan_profiles(export: Export) -> RunScope:
    """Everybody, at the newest version of the profiles."""
    reader = open_profiles(export)
    version = reader.version()
    if version is None:
        return RunScope(None, ProfileRecords())
    return RunScope(
        store_version=version,
        records=ProfileRecords(reader.survey(version=version)),
        units=plan_shards(reader.shards(version=version)),
    )


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


def _event_records(export: Export, version: int, counts: Sequence[DayCount]) -> EventRecords:
    """The properties of the run's events, from a catalogue that knows all of the version."""
    if not FORMATS[export.format].needs_schema:
        return EventRecords()
    if catalogue_catch_up(account=export.account) < version:
        raise TransientError(
            "The event catalogue does not know all events yet.",
            code="catalogue_behind",
            fix="Nothing to do: we try again by ourselves.",
        )
    names = sorted({count.event_name for count in counts})
    return EventRecords(event_schemas(account=export.account, event_names=names))


def _lake_incomplete() -> PermanentError:
    return PermanentError(
        "The event store does not hold all the events that were loaded into it.",
        code="lake_incomplete",
        fix="Nothing was exported, so that nothing is missing unseen. The operator has to bring "
        "the event store back.",
    )
