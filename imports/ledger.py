"""What a run has done so far, in the database: every write is conditional on a worker's claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from django.db import transaction

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.core.lease import Lease
from clevertap_partners.eventstore.batches import MAX_EVENT_TYPES
from clevertap_partners.eventstore.selectors import event_names
from imports.models import ImportBatch, ImportRun, ImportUnit
from imports.pipeline.unit import Group


def group_record(*, unit: ImportUnit, lease: Lease, group: Group) -> None:
    """Note what became of the rows, and that they are read. Raises LeaseLost."""
    with transaction.atomic():
        wanted = lease.rows().filter(run__status=ImportRun.Status.RUNNING)
        # Not `exists()`: it forgets `of`, and all units of a run would queue up for the run's row.
        if wanted.select_for_update(of=("self",)).first() is None:
            raise LeaseLost(f"Unit {unit.pk} is no longer ours, or was stopped.")
        ImportBatch.objects.create(unit=unit, **asdict(group))
        lease.update(position=group.end_row, attempts=0)


def event_name_gate(run: ImportRun) -> Callable[[set[str]], set[str]]:
    """Which of new event names the account has room for; the same for all units of the run.

    A name that was let in once stays in: whatever is repeated comes to the same end.
    """

    account = run.parent.account

    def admit(names: set[str]) -> set[str]:
        with transaction.atomic():
            # One at a time in the account: what other runs let in takes room as well.
            Account.objects.select_for_update().get(pk=account.pk)
            row = ImportRun.objects.get(pk=run.pk)
            known = {*event_names(account=account), *row.new_event_names, *let_in_by_others(run)}
            room = max(MAX_EVENT_TYPES - len(known), 0)
            let_in = sorted(names - known)[:room]
            if let_in:
                row.new_event_names = sorted({*row.new_event_names, *let_in})
                row.save(update_fields=["new_event_names"])
        return (names & known) | set(let_in)

    return admit


def let_in_by_others(run: ImportRun) -> set[str]:
    others = ImportRun.objects.filter(
        parent__account_id=run.parent.account_id, status__in=ImportRun.OPEN
    ).exclude(pk=run.pk)
    return {name for names in others.values_list("new_event_names", flat=True) for name in names}
