"""The dry run of the map step: a random sample through the code of the run, written nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.batches import MAX_EVENT_TYPES
from clevertap_partners.eventstore.lake import profiles_uri
from clevertap_partners.eventstore.selectors import event_names, event_properties
from imports.mapping import EVENTS
from imports.wizard import Work
from imports.wizard_warehouse import SAMPLE_ROWS, source_rows

if TYPE_CHECKING:
    from imports.pipeline.dry_run import RowResult

# The properties of people that the platform has from the start.
SYSTEM_USER_PROPERTIES = (
    "Name",
    "Email",
    "Phone",
    "Gender",
    "DOB",
    "Photo",
    "Age",
    "Employed",
    "Education",
    "Married",
    "MSG-email",
    "MSG-sms",
    "MSG-push",
    "MSG-whatsapp",
    "MSG-dndEmail",
    "MSG-dndSMS",
    "MSG-dndWhatsApp",
)


@dataclass(frozen=True)
class DryRun:
    """How each row of the sample would fare."""

    results: list[RowResult]

    @property
    def failed(self) -> int:
        return sum(bool(result.failures) for result in self.results)

    @property
    def good(self) -> int:
        return len(self.results) - self.failed


def dry_run_of(work: Work) -> DryRun:
    """Raises PartnersError where the source cannot be read."""
    # Here, not above: it loads the engine, which no other page needs.
    from clevertap_partners.eventstore.people import identities_of  # noqa: PLC0415
    from imports.pipeline.dry_run import dry_run  # noqa: PLC0415
    from imports.pipeline.mapper import MapContext  # noqa: PLC0415

    item, mapping = work.item, work.mapping
    if item.connection is None or mapping is None:
        raise ValueError(f"{item} is not mapped.")
    sample = source_rows(
        connection=item.connection,
        query=work.query,
        account=item.account,
        rows=SAMPLE_ROWS,
        at_random=True,
    )
    context = MapContext(
        zone=item.account.zone,
        captured_at=timezone.now(),
        record_prefix="dry-run",
        admit_event_names=partial(admitted, item.account),
        known_object_ids=partial(identities_of, profiles_uri(item.account_id)),
    )
    return DryRun(dry_run(mapping, work.columns, sample, context, say=gettext))


def admitted(account: Account, names: set[str]) -> set[str]:
    """The names that the account knows or has room for."""
    known = set(event_names(account=account))
    room = max(MAX_EVENT_TYPES - len(known), 0)
    return (names & known) | set(sorted(names - known)[:room])


def known_properties(account: Account, kind: str, event_name: str) -> list[str]:
    """Names to suggest: those that the event, or everybody, has already."""
    if kind != EVENTS:
        return list(SYSTEM_USER_PROPERTIES)
    found = event_properties(account=account, event_name=event_name).filter(scope="event")
    return list(found.values_list("name", flat=True)[:200])
