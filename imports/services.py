"""Everything that changes imports on somebody's word: submit, edit, run, pause, stop, delete."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core import queue
from clevertap_partners.core.changes import Changes, differences
from clevertap_partners.core.english import in_english
from clevertap_partners.core.faults import error
from clevertap_partners.core.trouble import trouble
from imports import faults
from imports.models import Import, ImportRun
from imports.runs import (
    WORK_TASK,
    has_open_run,
    run_create,
    run_open_or_queue,
    runs_revive,
    runs_stop,
    settle,
)
from imports.said import settings_said
from imports.schedule import first_slot, next_slot
from imports.spec import mapping_of, reads_anew


@transaction.atomic
def import_submit(*, item: Import, actor: User, ip: str | None = None) -> Import:
    """A finished draft becomes an import: it runs at once, at its time, or when somebody says."""
    item = locked(item)
    if item.status != Import.Status.DRAFT:
        return item
    now = timezone.now()
    slot = first_slot(item.frequency, item.schedule, item.account.zone, now=now)
    item.status = Import.Status.READY
    item.updated_by = actor
    if slot is not None and slot <= now:
        item.next_run_at = next_slot(item.frequency, item.schedule, item.account.zone, after=now)
        item.save()
        run_open_or_queue(item=item, trigger=ImportRun.Trigger.SCHEDULE, actor=actor)
    else:
        item.next_run_at = slot
        item.save()
    settle(item)
    note(item, _("import created"), actor, ip, differences({}, settings_said(item)))
    return item


@transaction.atomic
def import_change(
    *, item: Import, values: dict[str, Any], actor: User, ip: str | None = None
) -> Import:
    """Change what is imported or when; a run under way goes on as it began.

    With another source or another cursor column the next run reads everything. One in trouble
    before it has read anything takes the change up at once. Raises PermanentError `import_ended`.
    """
    # Runs before imports, as workers do, so that two cannot wait for each other.
    list(item.runs.filter(status__in=ImportRun.OPEN).select_for_update())
    item = locked(item)
    refuse_ended(item)
    before, said = copy.copy(item), settings_said(item)
    for name, value in values.items():
        setattr(item, name, value)
    if reads_anew(before, item):
        item.cursor_us, item.last_done = None, None
    item.updated_by = actor
    changed = (item.frequency, item.schedule) != (before.frequency, before.schedule)
    if changed and item.status in Import.ACTIVE:
        item.next_run_at = slot_from_now(item)
    item.save()
    settle(item)
    note(item, _("import edited"), actor, ip, differences(said, settings_said(item)))
    if item.trouble_code:
        runs_revive(runs=item.runs.filter(status=ImportRun.Status.PENDING))
    return item


@transaction.atomic
def import_run_now(*, item: Import, actor: User, ip: str | None = None) -> bool:
    """A run out of turn; False when one is under way: then another follows it.

    Raises PermanentError `import_ended`, `import_paused` or `import_not_ready`.
    """
    item = locked(item)
    refuse_not_active(item)
    run = run_open_or_queue(item=item, trigger=ImportRun.Trigger.MANUAL, actor=actor)
    note(item, _("import run now"), actor, ip)
    return run is not None


@transaction.atomic
def import_pause(*, item: Import, actor: User, ip: str | None = None) -> bool:
    """No further run begins; one under way comes to its end. False when it is not active."""
    item = locked(item)
    if item.status not in Import.ACTIVE:
        return False
    before = status_said(item)
    item.status, item.next_run_at, item.run_queued = Import.Status.PAUSED, None, False
    item.updated_by = actor
    item.save()
    note(item, _("import paused"), actor, ip, differences(before, status_said(item)))
    return True


@transaction.atomic
def import_resume(*, item: Import, actor: User, ip: str | None = None) -> bool:
    """Runs begin again, with the next slot: it reads whatever has come meanwhile."""
    item = locked(item)
    if item.status != Import.Status.PAUSED:
        return False
    before = status_said(item)
    item.status, item.updated_by = Import.Status.READY, actor
    item.next_run_at = slot_from_now(item)
    item.save()
    settle(item)
    note(item, _("import resumed"), actor, ip, differences(before, status_said(item)))
    return True


@transaction.atomic
def import_stop(
    *, item: Import, actor: User | None, ip: str | None = None, reason: str = ""
) -> bool:
    """Stop for good. False when it had been stopped already.

    Nothing of a run under way lands, except what the lake is just taking: all of its events, or one
    part of its people.

    `reason` says why, in words for the customer, when no person asked for it.
    """
    # Runs before imports, as workers do, so that two cannot wait for each other.
    runs_stop(runs=item.runs.filter(status__in=ImportRun.OPEN))
    item = locked(item)
    if item.status in {Import.Status.STOPPED, Import.Status.DRAFT}:
        return False
    before = status_said(item)
    item.status, item.next_run_at, item.run_queued = Import.Status.STOPPED, None, False
    item.stopped_at, item.stop_reason = timezone.now(), reason
    for name, value in trouble().items():
        setattr(item, name, value)
    item.updated_by = actor
    item.save()
    changes = differences(before, {**status_said(item), _("Reason"): reason})
    note(item, _("import stopped"), actor, ip, changes)
    return True


@transaction.atomic
def import_delete(*, item: Import, actor: User, ip: str | None = None) -> None:
    """Forget the import and its runs; what it has imported stays in the lake."""
    runs_stop(runs=item.runs.filter(status__in=ImportRun.OPEN))
    note(item, _("import deleted"), actor, ip, differences(settings_said(item), {}))
    # The engine loads here: whoever only rings does without.
    from imports.clearing import delete_files, files_of  # noqa: PLC0415

    # Named by rows that go: customers' rows must not stay behind.
    transaction.on_commit(partial(delete_files, files_of(item)))
    item.delete()


@transaction.atomic
def import_retry(*, item: Import, actor: User, ip: str | None = None) -> bool:
    """Try at once what waits for its next attempt. False when nothing is under way."""
    if not has_open_run(item):
        return False
    note(item, _("import retried"), actor, ip)
    runs_revive(runs=item.runs.filter(status__in=ImportRun.OPEN))
    return True


@transaction.atomic
def import_retry_failed_rows(*, run: ImportRun, actor: User, ip: str | None = None) -> ImportRun:
    """A run of just the rows that failed in `run`, by the mapping as it is now.

    Raises PermanentError: `failed_rows_gone`, `failed_rows_tried`, `failed_rows_lack_column`,
    `import_run_under_way`, `import_ended`, `import_paused`.
    """
    item = locked(run.parent)
    refuse_not_active(item)
    if has_open_run(item):
        raise error(faults.RUN_UNDER_WAY, item=item)
    if not run.failed_rows_kept:
        raise error(faults.FAILED_ROWS_GONE, number=run.number)
    if not run.cursor_moved and run.failed_rows_of_id is None:
        raise error(faults.FAILED_ROWS_READ_AGAIN, number=run.number)
    again = item.runs.filter(failed_rows_of=run).exclude(status=ImportRun.Status.STOPPED).first()
    if again is not None:
        # Rows that went well then would come twice.
        raise error(faults.FAILED_ROWS_TRIED, number=run.number, again=again.number)
    held = set(mapping_of(run).columns)
    for column in mapping_of(item).columns:
        if column not in held:
            raise error(faults.FAILED_ROWS_LACK_COLUMN, number=run.number, column=column)
    made = run_create(
        item=item, trigger=ImportRun.Trigger.FAILED_ROWS, failed_rows_of=run, actor=actor
    )
    settle(item)
    changes = differences({}, {_("Failed rows of run"): run.number, _("Run"): made.number})
    note(item, _("import failed rows again"), actor, ip, changes)
    queue.ring(WORK_TASK)
    return made


def locked(item: Import) -> Import:
    return Import.objects.select_for_update(of=("self",)).select_related("account").get(pk=item.pk)


def refuse_ended(item: Import) -> None:
    if item.status == Import.Status.STOPPED:
        raise error(faults.IMPORT_ENDED, item=item)


def refuse_not_active(item: Import) -> None:
    refuse_ended(item)
    if item.status == Import.Status.PAUSED:
        raise error(faults.IMPORT_PAUSED, item=item)
    if item.status == Import.Status.DRAFT:
        raise error(faults.IMPORT_NOT_READY, item=item)


def slot_from_now(item: Import) -> Any:
    return next_slot(item.frequency, item.schedule, item.account.zone, after=timezone.now())


@in_english()
def status_said(item: Import) -> dict[str, str]:
    return {_("Status"): str(Import.Status(item.status).label)}


def note(
    item: Import, action: str, actor: User | None, ip: str | None, changes: Changes | None = None
) -> None:
    audit_record(
        account=item.account,
        actor=actor,
        action=action,
        subject=item.nickname,
        ip=ip,
        changes=changes,
    )
