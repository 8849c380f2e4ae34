"""What exports still need of the lake: nothing of it may be cleared away."""

from __future__ import annotations

from clevertap_partners.eventstore import needs
from clevertap_partners.eventstore.needs import Needs
from exports.models import Export
from exports.selectors import last_finished


def register() -> None:
    needs.register(needs_of)


def needs_of(account_id: int) -> Needs:
    """The oldest versions that open runs read, or that coming windows start from."""
    exports = Export.objects.filter(account_id=account_id, status__in=Export.OPEN)
    events = [oldest_needed(export) for export in exports if not export.is_of_profiles]
    profiles = [oldest_needed(export) for export in exports if export.is_of_profiles]
    return Needs(events_version=_oldest(events), profiles_version=_oldest(profiles))


def oldest_needed(export: Export) -> int | None:
    """None for an export that has nothing under way and has read nothing yet."""
    versions: list[int | None] = []
    done = last_finished(export) if export.is_recurring else None
    if done:
        versions.append(done.store_version or 0)
    for run in export.runs.filter(status__in=Export.OPEN).defer("records", "slugs"):
        if run.status == run.Status.PENDING and run.due_at:
            # It will read the version that its slot had seen, and nobody has looked for it yet.
            versions.append((done and done.store_version) or 0)
        else:
            versions.append(run.store_version if run.since_version is None else run.since_version)
    return _oldest(versions)


def _oldest(versions: list[int | None]) -> int | None:
    return min((version for version in versions if version is not None), default=None)
