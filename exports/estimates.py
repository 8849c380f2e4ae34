"""How much an export would hold, from what is known without reading any event."""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.selectors import (
    EventSummary,
    event_day_totals,
    profile_count,
)
from exports.models import Export
from exports.pipeline.encode import FORMATS
from exports.ranges import DayRange
from exports.spec import ExportSpec

# What gzip leaves of one byte of an event's JSON text. Much the same in every format, as what they
# differ in is what packs well: 0.14 in JSON, 0.17 in XML, 0.12 in CSV, seen in the demo data.
GZIP_FACTOR = 0.15
# As many people as one worker writes at a time (eventstore/profile_reader.py, ROWS_PER_SHARD).
PEOPLE_PER_FILE = 500_000
# What arrived lately tells what will arrive: the last whole days, up to yesterday.
DAYS_OF_EXPERIENCE = 30


@dataclass(frozen=True)
class Estimate:
    """About how many records and files, the manifest included. No bytes where nobody knows them."""

    rows: int
    files: int
    bytes: int | None


def export_estimate(*, account: Account, spec: ExportSpec) -> Estimate:
    """What the export, or the first run of a recurring one, would hold if it ran now."""
    if spec.first_day is None:
        return estimate_profiles(profile_count(account=account), manifest=spec.manifest)
    totals = event_day_totals(
        account=account,
        first_day=spec.first_day,
        last_day=spec.last_day or datetime.date.max,
        event_names=spec.event_names or None,
    )
    return estimate_events(
        [(rows, size) for _, _, rows, size in totals],
        factor=_factor(spec),
        max_bytes=settings.EXPORT_FILE_MAX_BYTES,
        manifest=spec.manifest,
    )


def later_estimate(*, account: Account, spec: ExportSpec, today: datetime.date) -> Estimate | None:
    """About what each later run would hold, if it goes on as in the last days.

    None where nobody knows: how many people change is not counted, and an account may be new.
    """
    if spec.first_day is None or spec.interval_hours is None:
        return None
    totals = event_day_totals(
        account=account,
        first_day=today - datetime.timedelta(days=DAYS_OF_EXPERIENCE),
        last_day=today - datetime.timedelta(days=1),
        event_names=spec.event_names or None,
    )
    if not totals:
        return None
    # An account that began a week ago has a week of experience.
    days = (today - min(day for _, day, _, _ in totals)).days
    return estimate_later(
        [(name, rows, size) for name, _, rows, size in totals],
        runs=days * 24 / spec.interval_hours,
        factor=_factor(spec),
        max_bytes=settings.EXPORT_FILE_MAX_BYTES,
        manifest=spec.manifest,
    )


def estimate_later(
    days: Iterable[tuple[str, int, int]],
    *,
    runs: float,
    factor: float,
    max_bytes: int,
    manifest: bool,
) -> Estimate:
    """One run's share of the rows and bytes of each event. A rare event is not in every run."""
    rows: dict[str, float] = defaultdict(float)
    sizes: dict[str, float] = defaultdict(float)
    for name, count, size in days:
        rows[name] += count / runs
        sizes[name] += size * factor / runs
    files = sum(
        min(1.0, rows[name]) * max(1, math.ceil(size / max_bytes)) for name, size in sizes.items()
    )
    return Estimate(
        rows=_at_most(sum(rows.values())),
        files=_at_most(files) + manifest,
        bytes=round(sum(sizes.values())),
    )


def _at_most(number: float) -> int:
    """Rounded up, but for what the shares of a whole are beside it."""
    return math.ceil(round(number, 6))


def estimate_events(
    days: Iterable[tuple[int, int]], *, factor: float, max_bytes: int, manifest: bool
) -> Estimate:
    """From the rows and bytes of each event and day: each has files of its own."""
    totals = [(rows, size * factor) for rows, size in days if rows]
    files = sum(max(1, math.ceil(size / max_bytes)) for _, size in totals)
    return Estimate(
        rows=sum(rows for rows, _ in totals),
        files=files + manifest if files else 0,
        bytes=round(sum(size for _, size in totals)),
    )


def estimate_profiles(people: int, *, manifest: bool) -> Estimate:
    files = math.ceil(people / PEOPLE_PER_FILE)
    return Estimate(rows=people, files=files + manifest if files else 0, bytes=None)


def _factor(spec: ExportSpec) -> float:
    return GZIP_FACTOR if spec.encode.compress else FORMATS[spec.format].size_factor


def why_nothing(*, catalogue: Sequence[EventSummary], spec: ExportSpec) -> str:
    """Why the export would hold nothing, and where there is something."""
    if spec.type == Export.Type.ALL_USER_PROPERTIES:
        return _("This account has no user profiles yet.")
    names = spec.event_names or {event.name for event in catalogue}
    chosen = [event for event in catalogue if event.name in names]
    if not chosen:
        return _("This account has no events yet.")
    first = min(event.first_day for event in chosen)
    last = max(event.last_day for event in chosen)
    text = _("This account’s events reach from {first} to {last}.")
    if spec.event_names:
        text = _("The selected events reach from {first} to {last}.")
    return text.format(first=_day(first), last=_day(last))


def _day(day: datetime.date) -> str:
    return str(DayRange(day, day))
