"""The steps of imports, for workers to take; what happens when one cannot be taken.

How a worker goes about it is in clevertap_partners/core/work.py.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clevertap_partners.core.errors import PartnersError, PermanentError, Remedy, TransientError
from clevertap_partners.core.faults import error_as
from clevertap_partners.core.lease import Lease
from clevertap_partners.core.trouble import trouble
from clevertap_partners.core.work import Shop, Step, give_back
from imports import faults
from imports.clearing import clear_run
from imports.landing import land
from imports.models import Import, ImportRun, ImportUnit
from imports.runs import WORK_TASK
from imports.steps import plan_run, read_run_unit
from imports.waiting import runs_to_clear, runs_to_finish, runs_to_plan, units_to_read
from integrations.testing import connection_test_after_refusal

# A failure that somebody has to mend is tried again every hour.
TROUBLE_PAUSE = datetime.timedelta(hours=1)


def _show_trouble(
    row: ImportRun | ImportUnit, lease: Lease, error: PermanentError | TransientError
) -> None:
    """Give the row back and say what is wrong on run and import, unless they were stopped."""
    run = row.run if isinstance(row, ImportUnit) else row
    with transaction.atomic():
        if not give_back(lease, attempts=0):
            return
        open_run = ImportRun.objects.filter(pk=run.pk, status__in=ImportRun.OPEN)
        if open_run.update(next_attempt_at=timezone.now() + TROUBLE_PAUSE, **trouble(error)):
            Import.objects.filter(pk=run.parent_id).update(**trouble(error))
    _ask_why(run, error)


def _ask_why(run: ImportRun, error: PartnersError) -> None:
    """Test the credentials as on saving, so that the connection shows what the run met."""
    if error.remedy == Remedy.CONNECTION and run.connection is not None:
        connection_test_after_refusal(connection=run.connection)


def _fault_of_ours() -> TransientError:
    return error_as(TransientError, faults.INTERNAL_ERROR)


SHOP = Shop(
    steps=(
        Step(runs_to_finish, land, still_wanted=Q(status="running")),
        Step(runs_to_plan, plan_run, still_wanted=Q(status="pending")),
        Step(units_to_read, read_run_unit, still_wanted=Q(status="pending", run__status="running")),
        Step(runs_to_clear, clear_run, still_wanted=Q()),
    ),
    show_trouble=_show_trouble,
    fault_of_ours=_fault_of_ours,
    task=WORK_TASK,
)
work = SHOP.work
take_step = SHOP.take_step
