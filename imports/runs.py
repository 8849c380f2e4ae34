"""Runs: one at a time for each import; one more may wait for the end of the one under way."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from clevertap_partners.core import queue
from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.core.lease import Lease
from clevertap_partners.core.trouble import trouble
from imports.models import Content, Import, ImportBatch, ImportRun, ImportUnit

WORK_TASK = "imports.tasks.work"


def run_create(
    *,
    item: Import,
    trigger: ImportRun.Trigger,
    failed_rows_of: ImportRun | None = None,
    actor: User | None = None,
) -> ImportRun:
    """A run that a worker takes up. The caller holds the import's row and has seen no open run."""
    last = item.runs.aggregate(last=Max("number"))["last"] or 0
    run = ImportRun.objects.create(
        parent=item,
        number=last + 1,
        trigger=trigger,
        failed_rows_of=failed_rows_of,
        created_by=actor,
        **content_of(item),
        **({} if failed_rows_of else place_of(item)),
    )
    queue.ring(WORK_TASK)
    return run


def run_open_or_queue(
    *, item: Import, trigger: ImportRun.Trigger, actor: User | None = None
) -> ImportRun | None:
    """A new run; None when one is under way: then another follows it. Holds the import's row."""
    if has_open_run(item):
        item.run_queued = True
        item.save(update_fields=["run_queued"])
        return None
    run = run_create(item=item, trigger=trigger, actor=actor)
    settle(item)
    return run


def content_of(row: Import | ImportRun) -> dict[str, Any]:
    names = [field.attname for field in Content._meta.local_fields]
    return {name: getattr(row, name) for name in names}


def place_of(item: Import) -> dict[str, Any]:
    """From where a run of the source reads on."""
    return {"low_us": item.cursor_us, "after_id": item.last_done_id}


def has_open_run(item: Import) -> bool:
    return item.runs.filter(status__in=ImportRun.OPEN).exists()


def settle(item: Import) -> None:
    """Give an import that is neither a draft nor held the status that it has by its runs."""
    if item.status not in Import.ACTIVE:
        return
    if has_open_run(item):
        item.status = Import.Status.RUNNING
    elif item.next_run_at:
        item.status = Import.Status.SCHEDULED
    else:
        item.status = Import.Status.READY
    # Not `updated_at`: that is when a person changed something.
    item.save(update_fields=["status"])


def runs_revive(*, runs: QuerySet[ImportRun]) -> None:
    """Make `runs` and their units due now, and forget what was wrong."""
    with transaction.atomic():
        for run in runs:
            # Runs before their units, as everywhere.
            ImportRun.objects.filter(pk=run.pk).update(
                next_attempt_at=None, attempts=0, recounts=0, **trouble()
            )
            run.units.filter(status="pending").update(next_attempt_at=None, attempts=0)
            Import.objects.filter(pk=run.parent_id).update(**trouble())
    queue.ring(WORK_TASK)


def runs_stop(*, runs: QuerySet[ImportRun]) -> bool:
    """End `runs` where they are; nothing of them lands. Within the caller's transaction.

    The new fence takes a run from whoever plans or finishes it: what they would write comes too
    late.
    """
    return bool(
        runs.update(
            status=ImportRun.Status.STOPPED,
            finished_at=timezone.now(),
            fence=F("fence") + 1,
            **trouble(),
        )
    )


def run_begin_anew(
    *, run: ImportRun, lease: Lease, forget_result: bool, recount: bool = False
) -> None:
    """Throw away what was read and plan again; nothing of it has landed.

    `lease` is the caller's claim on the run or on a unit of it. Raises LeaseLost when it is gone.
    """
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.status not in ImportRun.OPEN or not lease.rows().exists():
            raise LeaseLost(f"{run} has gone on without this worker.")
        ImportRun.objects.filter(pk=run.pk).update(
            status=ImportRun.Status.PENDING,
            generation=F("generation") + 1,
            recounts=F("recounts") + int(recount),
            # Whoever reads or finishes finds another fence.
            fence=F("fence") + 1,
            lease_until=None,
            next_attempt_at=None,
            **({"result": {}} if forget_result else {}),
        )
        ImportBatch.objects.filter(unit__run_id=run.pk).delete()
        ImportUnit.objects.filter(run_id=run.pk).delete()
    queue.ring(WORK_TASK)
