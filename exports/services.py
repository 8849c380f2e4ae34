"""Everything that changes exports on somebody's word: create, stop, try again; and the tick."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core import queue
from clevertap_partners.core.errors import PermanentError
from exports.models import Export, ExportRun, trouble
from exports.selectors import recurring_profile_export, steps_waiting
from exports.spec import ExportSpec
from integrations.models import Connection

WORK_TASK = "exports.tasks.work"
# More rings than workers are of no use: a worker goes on until nothing waits.
RINGS_AT_ONCE = 8
ID_ATTEMPTS = 100


class BesideRecurring(PermanentError):
    """User properties are not exported once beside `blocker`, which exports them regularly."""

    def __init__(self, blocker: Export) -> None:
        super().__init__(
            f"The recurring export {blocker} sends all user properties of this account already.",
            code="profiles_recurring",
            fix="Stop it first if you want them once more.",
        )
        self.blocker = blocker


def export_create(
    *,
    account: Account,
    connection: Connection,
    spec: ExportSpec,
    actor: User,
    ip: str | None = None,
) -> Export:
    """Save the export and its run, then wake a worker. Nothing is saved if any part fails.

    Raises BesideRecurring when a recurring export sends the same user properties already.
    """
    with transaction.atomic():
        _refuse_beside_recurring(account, spec)
        export = _create_with_free_id(account, connection, spec, actor)
        run_create(export=export, window="once")
        audit_record(
            account=account, actor=actor, action="export created", subject=str(export), ip=ip
        )
    queue.ring(WORK_TASK)
    return export


def run_create(*, export: Export, window: str) -> ExportRun:
    """The run of one window; the one that exists when the window has one already."""
    run, _ = ExportRun.objects.get_or_create(
        export=export, window=window, defaults={"run_timestamp": int(time.time())}
    )
    return run


def export_stop(*, export: Export, actor: User, ip: str | None = None) -> bool:
    """Stop for good; what is in the bucket stays there. False when it had ended already."""
    now = timezone.now()
    with transaction.atomic():
        # Runs before exports, as workers do, so that two cannot wait for each other. The new fence
        # takes the run from whoever plans or finishes it: what they would write comes too late.
        export.runs.filter(status__in=Export.OPEN).update(
            status=ExportRun.Status.STOPPED, finished_at=now, fence=F("fence") + 1, **trouble()
        )
        stopped = Export.objects.filter(pk=export.pk, status__in=Export.OPEN).update(
            status=Export.Status.STOPPED, stopped_at=now, **trouble()
        )
        if not stopped:
            return False
        audit_record(
            account=export.account,
            actor=actor,
            action="export stopped",
            subject=str(export),
            ip=ip,
        )
    return True


def export_retry(*, export: Export, actor: User, ip: str | None = None) -> bool:
    """Try at once what waits for its next attempt. False when the export had ended already."""
    if not export.is_open:
        return False
    audit_record(
        account=export.account, actor=actor, action="export retried", subject=str(export), ip=ip
    )
    runs_revive(runs=export.runs.filter(status__in=Export.OPEN))
    return True


def runs_revive(*, runs: Any) -> None:
    """Make `runs` and their units due now, and forget what was wrong."""
    with transaction.atomic():
        for run in runs.select_related("export"):
            run.units.filter(status="pending").update(next_attempt_at=None, attempts=0)
            ExportRun.objects.filter(pk=run.pk).update(
                next_attempt_at=None, attempts=0, **trouble()
            )
            Export.objects.filter(pk=run.export_id).update(**trouble())
    queue.ring(WORK_TASK)


def exports_tick() -> None:
    """Ring as often as there is work that nobody holds: lost rings and lost workers end here."""
    missing = min(steps_waiting(), RINGS_AT_ONCE) - queue.waiting()
    for _ in range(missing):
        queue.ring(WORK_TASK)


def _refuse_beside_recurring(account: Account, spec: ExportSpec) -> None:
    """Raises BesideRecurring. Until the transaction ends, nobody else makes such an export."""
    if spec.type != Export.Type.ALL_USER_PROPERTIES:
        return
    Account.objects.select_for_update().get(pk=account.pk)
    if spec.frequency != Export.Frequency.ONCE:
        return
    if blocker := recurring_profile_export(account=account):
        raise BesideRecurring(blocker)


def _create_with_free_id(
    account: Account, connection: Connection, spec: ExportSpec, actor: User
) -> Export:
    """Request id = epoch seconds, one later for each that is taken."""
    first = int(time.time())
    for request_id in range(first, first + ID_ATTEMPTS):
        try:
            with transaction.atomic():
                return Export.objects.create(
                    account=account,
                    request_id=request_id,
                    connection=connection,
                    partner=connection.partner,
                    bucket_nickname=connection.nickname,
                    bucket_name=connection.bucket_name,
                    created_by=actor,
                    **_fields(spec),
                )
        except IntegrityError:
            if not Export.objects.filter(request_id=request_id).exists():
                raise
    raise RuntimeError(f"No free request id in {ID_ATTEMPTS} seconds from {first}.")


def _fields(spec: ExportSpec) -> dict[str, Any]:
    return {
        "type": spec.type,
        "event_names": list(spec.event_names),
        "frequency": spec.frequency,
        "range_kind": spec.range_kind,
        "first_day": spec.first_day,
        "last_day": spec.last_day,
        "format": spec.format,
        "options": {
            **asdict(spec.encode),
            "identifiers": list(spec.encode.identifiers),
            "manifest": spec.manifest,
            "max_bytes": settings.EXPORT_FILE_MAX_BYTES,
        },
    }
