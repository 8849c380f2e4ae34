"""The steps of exports, for workers to take; what happens when one cannot be taken.

How a worker goes about it is in clevertap_partners/core/work.py.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from clevertap_partners.core.errors import PartnersError, PermanentError, TransientError
from clevertap_partners.core.faults import error_as
from clevertap_partners.core.lease import Lease
from clevertap_partners.core.trouble import trouble
from clevertap_partners.core.work import Shop, Step, give_back
from exports import alerts, faults
from exports.incidents import incident_note
from exports.models import Export, ExportRun, ExportUnit
from exports.runs import WORK_TASK
from exports.selectors import runs_to_finish, runs_to_plan, units_to_run
from exports.steps import finish_run, plan_run, run_unit
from integrations.testing import connection_test_after_refusal

# A failure that somebody has to mend is tried again every hour.
TROUBLE_PAUSE = datetime.timedelta(hours=1)
# What a test of the credentials can tell more about than a run can.
REFUSALS = {
    "account_disabled",
    "account_not_found",
    "address_blocked",
    "bucket_not_found",
    "credentials_refused",
    "key_deleted",
    "may_not_bill",
    "permission_missing",
    "requester_pays",
    "token_refused",
}


def _show_trouble(
    row: ExportRun | ExportUnit, lease: Lease, error: PermanentError | TransientError
) -> None:
    _tell_trouble(row, lease, error)
    _ask_why(_run_of(row), error)


def _tell_trouble(
    row: ExportRun | ExportUnit, lease: Lease, error: PermanentError | TransientError
) -> None:
    """Give the row back and say what is wrong on run and export, unless they were stopped."""
    with transaction.atomic():
        if not give_back(lease, attempts=0):
            return
        run = _run_of(row)
        is_new = _note_failure(run, error)
        changed = ExportRun.objects.filter(pk=run.pk, status__in=Export.OPEN).update(
            next_attempt_at=timezone.now() + TROUBLE_PAUSE, **trouble(error)
        )
        still_open = Export.objects.filter(pk=run.export_id, status__in=Export.OPEN)
        if not (changed and still_open.update(**trouble(error))):
            return
        incident_note(export=run.export, error=error)
        if is_new:
            alerts.run_failed(run, error)


def _fault_of_ours() -> TransientError:
    return error_as(TransientError, faults.INTERNAL_ERROR)


def _note_failure(run: ExportRun, error: PartnersError) -> bool:
    """Whether the run has not been in this trouble until now; then it counts as one more."""
    same = ExportRun.objects.filter(pk=run.pk, trouble_code=error.code)
    if same.exists():
        return False
    ExportRun.objects.filter(pk=run.pk).update(failures=F("failures") + 1)
    run.refresh_from_db(fields=["failures"])
    return True


def _ask_why(run: ExportRun, error: PartnersError) -> None:
    """Test the credentials as on saving, so that the connection shows what the run met."""
    if error.code in REFUSALS and run.connection is not None:
        connection_test_after_refusal(connection=run.connection)


def _run_of(row: ExportRun | ExportUnit) -> ExportRun:
    return row.run if isinstance(row, ExportUnit) else row


SHOP = Shop(
    steps=(
        Step(runs_to_finish, finish_run, still_wanted=Q(status="running")),
        Step(runs_to_plan, plan_run, still_wanted=Q(status="pending")),
        Step(units_to_run, run_unit, still_wanted=Q(run__status="running")),
    ),
    show_trouble=_show_trouble,
    fault_of_ours=_fault_of_ours,
    task=WORK_TASK,
)
work = SHOP.work
take_step = SHOP.take_step
