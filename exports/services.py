"""Everything that changes exports on somebody's word: create, edit, run, stop, try again."""

from __future__ import annotations

import datetime
import time
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.models import Account
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core import queue
from clevertap_partners.core.changes import Changes, differences
from clevertap_partners.core.english import in_english
from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.faults import error
from clevertap_partners.core.trouble import trouble
from exports import faults
from exports.incidents import incident_close
from exports.models import Export, Incident
from exports.recurrence import (
    first_slot,
    schedule_of,
    window_open,
    window_open_now,
)
from exports.restarts import run_follow_bucket
from exports.runs import WORK_TASK, run_create, runs_revive, runs_stop
from exports.said import settings_said
from exports.selectors import profile_export_in_the_way, runs_left_over, steps_waiting
from exports.spec import ExportSpec
from integrations.models import Connection

# More rings than workers are of no use: a worker goes on until nothing waits.
RINGS_AT_ONCE = 8
ID_ATTEMPTS = 100
STOPPED_BY_OPERATOR = gettext_noop("The operator of this dashboard stopped this export.")


class ProfilesUnderWay(PermanentError):
    """User properties are not exported beside `blocker`, which exports them too."""

    def __init__(self, blocker: Export) -> None:
        recurs = blocker.is_recurring
        fault = error(
            faults.PROFILES_RECURRING if recurs else faults.PROFILES_UNDER_WAY, export=blocker
        )
        super().__init__(fault.message, code=fault.code, fix=fault.fix, remedy=fault.remedy)
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

    A recurring export that starts later has no run before. Raises ProfilesUnderWay when another
    export stands in the way of one of user properties.
    """
    with transaction.atomic():
        _refuse_beside_profiles(account, spec)
        export = _create_with_free_id(account, connection, spec, actor)
        if export.is_recurring:
            window_open(export_id=export.pk)
        else:
            run_create(export=export, window="once")
        _note(
            export,
            gettext_noop("export created"),
            actor,
            ip,
            differences({}, settings_said(export)),
        )
    return export


def export_edit(
    *,
    export: Export,
    connection: Connection,
    spec: ExportSpec,
    actor: User,
    ip: str | None = None,
) -> bool:
    """Change a recurring export. Type and frequency stay, whatever the spec says.

    A run under way goes on as it began. One in trouble is tried again; when the bucket is another
    one now, it is given up and starts anew in that: then the answer is True.

    Raises PermanentError `not_recurring` or `export_ended`.
    """
    with transaction.atomic():
        export = Export.objects.select_for_update().get(pk=export.pk)
        _refuse_edit(export)
        before = settings_said(export)
        _change(export, connection, spec)
        changes = differences(before, settings_said(export))
        _note(export, gettext_noop("export edited"), actor, ip, changes)
    # Not under the export's lock: workers lock runs first.
    restarted = run_follow_bucket(export_id=export.pk)
    if export.trouble_code:
        runs_revive(runs=export.runs.filter(status__in=Export.OPEN))
    queue.ring(WORK_TASK)
    return restarted


def export_run_now(*, export: Export, actor: User, ip: str | None = None) -> bool:
    """Run a recurring export out of turn. False when a run is under way, or it has ended."""
    with transaction.atomic():
        if window_open_now(export_id=export.pk) is None:
            return False
        _note(export, gettext_noop("export run now"), actor, ip)
    return True


def export_stop(
    *, export: Export, actor: User | None, ip: str | None = None, reason: str = ""
) -> bool:
    """Stop for good; what is in the bucket stays there. False when it had ended already.

    `reason` says why, in words for the customer, when no person asked for it.
    """
    now = timezone.now()
    with transaction.atomic():
        # Runs before exports, as workers do, so that two cannot wait for each other. A window that
        # is opened in between is left over, and stopped by the tick.
        runs_stop(runs=export.runs.filter(status__in=Export.OPEN))
        stopped = Export.objects.filter(pk=export.pk, status__in=Export.OPEN).update(
            status=Export.Status.STOPPED,
            stopped_at=now,
            stopped_by=actor,
            stop_reason=reason,
            next_run_at=None,
            **trouble(),
        )
        if not stopped:
            return False
        incident_close(export=export, outcome=Incident.Outcome.ENDED)
        _note(export, gettext_noop("export stopped"), actor, ip, _stop_said(export, reason))
    return True


@transaction.atomic
def export_retry(*, export: Export, actor: User, ip: str | None = None) -> bool:
    """Try at once what waits for its next attempt. False when the export had ended already."""
    if not export.is_open:
        return False
    _note(export, gettext_noop("export retried"), actor, ip)
    runs_revive(runs=export.runs.filter(status__in=Export.OPEN))
    return True


def exports_tick() -> None:
    """Ring as often as there is work that nobody holds: lost rings and lost workers end here."""
    with transaction.atomic():
        runs_stop(runs=runs_left_over())
    missing = min(steps_waiting(), RINGS_AT_ONCE) - queue.waiting()
    for _ in range(missing):
        queue.ring(WORK_TASK)


def _refuse_beside_profiles(account: Account, spec: ExportSpec) -> None:
    """Raises ProfilesUnderWay. Until the transaction ends, nobody else makes such an export."""
    if spec.type != Export.Type.ALL_USER_PROPERTIES:
        return
    Account.objects.select_for_update().get(pk=account.pk)
    if blocker := profile_export_in_the_way(account=account, frequency=spec.frequency):
        raise ProfilesUnderWay(blocker)


def _refuse_edit(export: Export) -> None:
    if not export.is_recurring:
        raise error(faults.NOT_RECURRING, export=export)
    if not export.is_open:
        raise error(faults.EXPORT_ENDED, export=export)


def _change(export: Export, connection: Connection, spec: ExportSpec) -> None:
    """Save what the spec says from now on, and when the next run is due."""
    before = (export.starts_at, export.interval_hours)
    fixed = ("type", "frequency")
    values = {name: value for name, value in _fields(spec).items() if name not in fixed}
    for name, value in (_bucket(connection) | values).items():
        setattr(export, name, value)
    if (export.starts_at, export.interval_hours) != before:
        export.next_run_at = _next_run(export)
    export.save()


def _next_run(export: Export) -> datetime.datetime:
    """By a new schedule. An export that never ran begins as a new one does."""
    now, schedule = timezone.now(), schedule_of(export)
    if not export.runs.exists():
        return first_slot(starts_at=schedule.starts_at, now=now)
    return schedule.next_after(now)


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
                    partner=connection.partner,
                    created_by=actor,
                    next_run_at=_first_run(spec),
                    **_bucket(connection),
                    **_fields(spec),
                )
        except IntegrityError:
            if not Export.objects.filter(request_id=request_id).exists():
                raise
    raise RuntimeError(f"No free request id in {ID_ATTEMPTS} seconds from {first}.")


def _first_run(spec: ExportSpec) -> datetime.datetime | None:
    if spec.starts_at is None:
        return None
    return first_slot(starts_at=spec.starts_at, now=timezone.now())


def _bucket(connection: Connection) -> dict[str, Any]:
    return {
        "connection": connection,
        "bucket_nickname": connection.nickname,
        "bucket_name": connection.target,
    }


def _fields(spec: ExportSpec) -> dict[str, Any]:
    return {
        "type": spec.type,
        "event_names": list(spec.event_names),
        "frequency": spec.frequency,
        "range_kind": spec.range_kind,
        "first_day": spec.first_day,
        "last_day": spec.last_day,
        "interval_hours": spec.interval_hours,
        "starts_at": spec.starts_at,
        "format": spec.format,
        "options": {
            **asdict(spec.encode),
            "identifiers": list(spec.encode.identifiers),
            "manifest": spec.manifest,
            "max_bytes": settings.EXPORT_FILE_MAX_BYTES,
        },
    }


def _stop_said(export: Export, reason: str) -> Changes:
    status = gettext_noop("Status")
    after = {status: Export.Status.STOPPED.label, gettext_noop("Reason"): reason}
    with in_english():
        return differences({status: Export.Status(export.status).label}, after)


def _note(
    export: Export, action: str, actor: User | None, ip: str | None, changes: Changes | None = None
) -> None:
    audit_record(
        account=export.account,
        actor=actor,
        action=action,
        subject=str(export),
        ip=ip,
        changes=changes,
    )
