"""Keeps the event catalogue in step with the lake, commit by commit, or anew from the files."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from deltalake import DeltaTable
from django.db import transaction

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import TransientError
from clevertap_partners.eventstore.files import newest_version, survey_commit, survey_files
from clevertap_partners.eventstore.lake import events_uri
from clevertap_partners.eventstore.models import EventDay, EventProperty, EventType, LakeState
from clevertap_partners.eventstore.survey import Survey, Told
from clevertap_partners.eventstore.system_events import SYSTEM_EVENTS

REBUILD_TRIES = 3
_ROWS_A_STATEMENT = 500


def catalogue_update(*, account: Account, found: Survey, version: int) -> None:
    """Add what the commit of that version holds. A version that is in already changes nothing."""
    with transaction.atomic():
        state = _locked_state(account)
        if version <= state.version or version in state.ahead:
            return
        _add(account, found)
        state.rows += found.rows
        state.version, state.ahead = _advance(state.version, {*state.ahead, version})
        state.save(update_fields=["version", "ahead", "rows", "updated_at"])


def catalogue_catch_up(*, account: Account, told: Told | None = None) -> int:
    """Add the commits of the lake that the catalogue lacks, and return the catalogue's version.

    Harmless at any time, also beside a load that adds its commits itself. A lake that is away, or
    older than the catalogue, changes nothing. Whoever made a commit may tell what it holds: nobody
    has to read it then.
    """
    state = LakeState.objects.filter(account=account).first() or LakeState(account=account)
    newest = newest_version(events_uri(account.pk)) or 0
    if newest == 0 or newest < state.version:
        return state.version
    if state.pk and state.survey_rules < LakeState.SURVEY_RULES:
        catalogue_rebuild(account=account)
    else:
        _add_missing(account, state, newest, told)
    return LakeState.objects.values_list("version", flat=True).get(account=account)


def catalogue_rebuild(*, account: Account) -> None:
    """Replace the catalogue by what the files of the lake's newest version hold."""
    uri = events_uri(account.pk)
    for _ in range(REBUILD_TRIES):
        version = newest_version(uri) or 0
        found = survey_files(DeltaTable(uri, version=version)) if version else Survey()
        if _replaced(account, found, version):
            return
    raise TransientError(
        "The event catalogue could not be rebuilt, because events kept arriving meanwhile.",
        code="catalogue_busy",
        fix="The catalogue is as it was. Try again when less is being loaded.",
    )


def _add_missing(account: Account, state: LakeState, newest: int, told: Told | None) -> None:
    """Add the versions up to the newest, each from its own commit; all anew when one cannot be."""
    for version in range(state.version + 1, newest + 1):
        if version in state.ahead:
            continue
        found = survey_commit(events_uri(account.pk), version, told)
        if found is None:
            catalogue_rebuild(account=account)
            return
        catalogue_update(account=account, found=found, version=version)


def _locked_state(account: Account) -> LakeState:
    state, _ = LakeState.objects.select_for_update().get_or_create(
        account=account, defaults={"survey_rules": LakeState.SURVEY_RULES}
    )
    return state


def _advance(version: int, applied: set[int]) -> tuple[int, list[int]]:
    """The version up to which nothing is missing, and those applied beyond it."""
    while version + 1 in applied:
        version += 1
    return version, sorted(later for later in applied if later > version)


def _replaced(account: Account, found: Survey, version: int) -> bool:
    """Put the survey in place of the catalogue, unless a later commit has been added meanwhile."""
    with transaction.atomic():
        state = _locked_state(account)
        if any(known > version for known in [state.version, *state.ahead]):
            return False
        EventType.objects.filter(account=account).delete()
        _add(account, found)
        state.version, state.ahead, state.rows = version, [], found.rows
        state.survey_rules = LakeState.SURVEY_RULES
        state.save(update_fields=["version", "ahead", "rows", "survey_rules", "updated_at"])
    return True


def _add(account: Account, found: Survey) -> None:
    types = _add_types(account, found)
    _add_days(types, found)
    _add_properties(types, found)


def _add_types(account: Account, found: Survey) -> dict[str, EventType]:
    """Event types of the survey by name, made or widened to its days."""
    days: dict[str, list[datetime.date]] = {}
    for name, day in found.days:
        days.setdefault(name, []).append(day)
    types = {kind.name: kind for kind in _named(account, days)}
    for name, seen in days.items():
        kind = types.setdefault(name, _new_type(account, name, seen[0]))
        kind.first_day, kind.last_day = (
            min(kind.first_day, *seen),
            max(kind.last_day, *seen),
        )
    EventType.objects.bulk_create(
        types.values(),
        batch_size=_ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["account", "name"],
        update_fields=["first_day", "last_day", "updated_at"],
    )
    return {kind.name: kind for kind in _named(account, days)}


def _named(account: Account, names: Iterable[str]) -> Iterable[EventType]:
    return EventType.objects.filter(account=account, name__in=list(names))


def _new_type(account: Account, name: str, day: datetime.date) -> EventType:
    system = name in SYSTEM_EVENTS
    return EventType(account=account, name=name, is_system=system, first_day=day, last_day=day)


def _add_days(types: dict[str, EventType], found: Survey) -> None:
    stored = {
        (row.event_type_id, row.day): row
        for row in EventDay.objects.filter(event_type__in=types.values())
    }
    changed = []
    for (name, day), total in found.days.items():
        kind = types[name]
        row = stored.get((kind.pk, day)) or EventDay(event_type=kind, day=day, rows=0, bytes=0)
        row.rows += total.rows
        row.bytes += total.bytes
        changed.append(row)
    EventDay.objects.bulk_create(
        changed,
        batch_size=_ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["event_type", "day"],
        update_fields=["rows", "bytes"],
    )


def _add_properties(types: dict[str, EventType], found: Survey) -> None:
    stored = {
        (row.event_type_id, row.scope, row.name): row
        for row in EventProperty.objects.filter(event_type__in=types.values())
    }
    changed = []
    for key, seen in found.properties.items():
        kind = types[key.event_name]
        row = stored.get((kind.pk, key.scope, key.name))
        row = row or EventProperty(event_type=kind, scope=key.scope, name=key.name)
        row.kinds = sorted(seen.kinds | set(row.kinds))
        for inner_key, kinds in seen.inner.items():
            row.inner[inner_key] = sorted(kinds | set(row.inner.get(inner_key, [])))
        changed.append(row)
    EventProperty.objects.bulk_create(
        changed,
        batch_size=_ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["event_type", "scope", "name"],
        update_fields=["kinds", "inner"],
    )
