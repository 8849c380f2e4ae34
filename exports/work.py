"""What a worker does: take the fairest step that waits, do it, write down how it went.

The queue only wakes workers; what there is to do is read from the database. So a ring may be lost,
doubled or late, and a worker may die anywhere: the lease runs out and the step is taken up again.
"""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from clevertap_partners.core import queue
from clevertap_partners.core.clock import clock_is_right
from clevertap_partners.core.errors import (
    LeaseLost,
    PartnersError,
    PermanentError,
    TransientError,
)
from clevertap_partners.core.faults import error_as
from clevertap_partners.core.lease import Heartbeat, Lease, claim
from clevertap_partners.core.trouble import trouble
from exports import alerts, faults
from exports.incidents import incident_note
from exports.models import Export, ExportRun, ExportUnit
from exports.runs import WORK_TASK
from exports.selectors import runs_to_finish, runs_to_plan, units_to_run
from exports.steps import finish_run, plan_run, run_unit
from integrations.testing import connection_test_after_refusal

log = structlog.get_logger(__name__)

# A job goes on to the next step for this long, then rings for a fresh one: loading the engine takes
# a worker half a second, a small unit less than that.
SLICE_S = 60
# Rows looked at before a worker gives up racing the others for one.
CANDIDATES = 10
# A fault that may pass: the pause doubles from 5 seconds; after this many attempts it is shown.
PATIENCE = 6
FIRST_PAUSE_S = 5
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

Row = TypeVar("Row", ExportRun, ExportUnit)


def work() -> None:
    """Take steps until nothing waits or the slice is over."""
    if not clock_is_right():
        return
    until = time.monotonic() + SLICE_S
    while take_step():
        if time.monotonic() > until:
            queue.ring(WORK_TASK)
            return


def take_step() -> bool:
    """Do one step; False when none waits that this worker could get."""
    return (
        _claim_and_do(runs_to_finish(), finish_run, still_wanted=Q(status="running"))
        or _claim_and_do(runs_to_plan(), plan_run, still_wanted=Q(status="pending"))
        or _claim_and_do(units_to_run(), run_unit, still_wanted=Q(run__status="running"))
    )


def _claim_and_do(
    waiting: QuerySet[Row], step: Callable[[Row, Lease, Heartbeat], None], *, still_wanted: Q
) -> bool:
    for row in waiting[:CANDIDATES]:
        lease = claim(row)
        if lease is not None:
            _do(row, lease, step, still_wanted)
            return True
    return False


def _do(
    row: Row, lease: Lease, step: Callable[[Row, Lease, Heartbeat], None], still_wanted: Q
) -> None:
    context = {"step": step.__name__, "row": row.pk, "fence": lease.fence}
    try:
        _count_if_abandoned(row, lease)
        with Heartbeat(lease, still_wanted) as heartbeat:
            step(row, lease, heartbeat)
        log.info("step_done", **context)
    except LeaseLost as error:
        log.info("step_left", reason=str(error), **context)
    except TransientError as error:
        log.warning("step_will_retry", code=error.code, error=error.message, **context)
        _pause(row, lease, error)
    except PermanentError as error:
        log.warning("step_in_trouble", code=error.code, error=error.message, **context)
        _show_trouble(row, lease, error)
        _ask_why(_run_of(row), error)
    except Exception as error:
        # Not foreseen, so for operators to read in the failed job; but no reason to run hot.
        log.warning("step_failed", error=type(error).__name__, **context)
        _pause(row, lease, _fault_of_ours())
        raise


def _count_if_abandoned(row: ExportRun | ExportUnit, lease: Lease) -> None:
    """A step that its worker left without a word counts as tried: it may be what kills workers."""
    if row.lease_until is None:
        return
    row.attempts += 1
    lease.update(attempts=row.attempts)
    if row.attempts >= PATIENCE:
        raise _fault_of_ours()


def _fault_of_ours() -> TransientError:
    return error_as(TransientError, faults.INTERNAL_ERROR)


def _pause(row: ExportRun | ExportUnit, lease: Lease, error: TransientError) -> None:
    """Back off; once patience is over, show the trouble and go on trying every hour."""
    attempts = row.attempts + 1
    if attempts >= PATIENCE:
        _show_trouble(row, lease, error)
        return
    seconds = FIRST_PAUSE_S * 2 ** (attempts - 1) * random.uniform(0.75, 1.25)  # noqa: S311
    resume_at = timezone.now() + datetime.timedelta(seconds=seconds)
    _give_back(lease, attempts=attempts, next_attempt_at=resume_at)


def _give_back(lease: Lease, **values: object) -> bool:
    """False when the row is no longer ours, and so neither is what befalls it."""
    return bool(lease.rows().update(lease_until=None, worker="", **values))


def _show_trouble(
    row: ExportRun | ExportUnit, lease: Lease, error: PermanentError | TransientError
) -> None:
    """Give the row back and say what is wrong on run and export, unless they were stopped."""
    with transaction.atomic():
        if not _give_back(lease, attempts=0):
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


def _note_failure(run: ExportRun, error: PartnersError) -> bool:
    """Whether the run has not been in this trouble until now; then it counts as one more."""
    same = ExportRun.objects.filter(pk=run.pk, trouble_code=error.code)
    if same.exists():
        return False
    ExportRun.objects.filter(pk=run.pk).update(failures=F("failures") + 1)
    run.refresh_from_db(fields=["failures"])
    return True


def _ask_why(run: ExportRun, error: PermanentError) -> None:
    """Test the credentials as on saving, so that the connection shows what the run met."""
    if error.code in REFUSALS and run.connection is not None:
        connection_test_after_refusal(connection=run.connection)


def _run_of(row: ExportRun | ExportUnit) -> ExportRun:
    return row.run if isinstance(row, ExportUnit) else row
