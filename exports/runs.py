"""Runs: one for each window of an export, made once, waking a worker; and woken again."""

from __future__ import annotations

import datetime
import time

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from clevertap_partners.core import queue
from clevertap_partners.core.trouble import trouble
from exports import alerts
from exports.models import Export, ExportRun

WORK_TASK = "exports.tasks.work"


def run_create(
    *, export: Export, window: str, due_at: datetime.datetime | None = None
) -> ExportRun:
    """The run of one window; the one that exists when the window has one already.

    Its timestamp is later than that of the export's last run, whatever the clock says.
    """
    last = export.runs.aggregate(last=Max("run_timestamp"))["last"] or 0
    run, _ = ExportRun.objects.get_or_create(
        export=export,
        window=window,
        defaults={"run_timestamp": max(int(time.time()), last + 1), "due_at": due_at},
    )
    queue.ring(WORK_TASK)
    return run


def runs_revive(*, runs: QuerySet[ExportRun]) -> None:
    """Make `runs` and their units due now, and forget what was wrong."""
    with transaction.atomic():
        for run in runs.select_related("export"):
            run.units.filter(status="pending").update(next_attempt_at=None, attempts=0)
            ExportRun.objects.filter(pk=run.pk).update(
                next_attempt_at=None, attempts=0, **trouble()
            )
            Export.objects.filter(pk=run.export_id).update(**trouble())
    queue.ring(WORK_TASK)


def runs_stop(*, runs: QuerySet[ExportRun]) -> bool:
    """End `runs` where they are; False when there are none. Within the caller's transaction.

    The new fence takes a run from whoever plans or finishes it: what they would write comes too
    late.
    """
    begun = list(runs.filter(status=ExportRun.Status.RUNNING).select_related("export__account"))
    stopped = runs.update(
        status=ExportRun.Status.STOPPED,
        finished_at=timezone.now(),
        fence=F("fence") + 1,
        **trouble(),
    )
    for run in begun:
        alerts.run_stopped(run)
    return bool(stopped)
