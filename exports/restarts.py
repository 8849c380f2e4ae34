"""Runs that cannot go on as they began: they follow their export to another bucket, or begin anew.

What a run has written stays where it is. A run that begins anew has names of its own, and sends all
of its window again.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.changes import differences
from clevertap_partners.core.trouble import trouble
from exports.models import Export, ExportRun
from exports.runs import run_create, runs_stop

# Between a run's window and its number, when it was begun before.
AGAIN = " again "
RUN = gettext_noop("Run")
# Failures that another attempt under the same names cannot mend.
RESTARTABLE = frozenset({"name_taken", "reconciliation_failed"})


def run_follow_bucket(*, export_id: int, even_if_well: bool = False) -> bool:
    """Let the run under way, if it is in trouble, write to where its export writes by now.

    With another key for the same bucket it goes on where it was. In another bucket the window
    begins anew, unless it was begun there before: then the answer is True.
    """
    with transaction.atomic():
        run = _planned(export_id)
        if run is None or not (even_if_well or run.trouble_code):
            return False
        wanted = run.export
        if run.connection_id == wanted.connection_id:
            return False
        if run.bucket_name == wanted.bucket_name:
            _point(run, at=wanted)
            return False
        if not runs_stop(runs=ExportRun.objects.filter(pk=run.pk, status=run.status)):
            return False
        _go_on_elsewhere(run)
        return True


def run_restart(*, run: ExportRun, actor: User | None, ip: str | None = None) -> ExportRun | None:
    """Begin the run anew in the same bucket, for when what it has written is no longer there.

    None when it is not in trouble. The window is sent whole once more.
    """
    with transaction.atomic():
        lost = ExportRun.objects.filter(pk=run.pk, status=ExportRun.Status.RUNNING)
        if not runs_stop(runs=lost.exclude(trouble_code="")):
            return None
        anew = _begin_anew(run)
        audit_record(
            account=run.export.account,
            actor=actor,
            action=gettext_noop("export run restarted"),
            subject=str(run),
            ip=ip,
            changes=differences({RUN: run}, {RUN: anew}),
        )
    with transaction.atomic():
        Export.objects.filter(pk=run.export_id, status__in=Export.OPEN).update(**trouble())
    return anew


def begun_anew(export: Export) -> set[int]:
    """Runs that another of the same window has followed: what they did not send, that one sends."""
    again = Q(window__contains=AGAIN)
    windows = {_base(each) for each in export.runs.filter(again).values_list("window", flat=True)}
    runs = export.runs.filter(again | Q(window__in=windows)).order_by("pk")
    found = list(runs.values_list("pk", "window"))
    newest = {_base(window): pk for pk, window in found}
    return {pk for pk, window in found if pk != newest[_base(window)]}


def _planned(export_id: int) -> ExportRun | None:
    """A run that is not planned yet takes over its export's settings by itself."""
    runs = ExportRun.objects.filter(export_id=export_id, status=ExportRun.Status.RUNNING)
    return runs.defer("records", "slugs").select_related("export").first()


def _point(run: ExportRun, *, at: Export) -> None:
    ExportRun.objects.filter(pk=run.pk).update(
        connection=at.connection_id, bucket_nickname=at.bucket_nickname
    )


def _go_on_elsewhere(run: ExportRun) -> None:
    """In the bucket that the export has now: with the run that was begun there, if there is one."""
    begun = _of_window(run).filter(
        status=ExportRun.Status.STOPPED,
        bucket_name=run.export.bucket_name,
        store_version__isnull=False,
    )
    earlier = begun.order_by("-pk").first()
    if earlier is None:
        _begin_anew(run)
        return
    _point(earlier, at=run.export)
    begun.filter(pk=earlier.pk).update(
        status=ExportRun.Status.RUNNING,
        finished_at=None,
        next_attempt_at=None,
        attempts=0,
    )


def _begin_anew(run: ExportRun) -> ExportRun:
    """The same window, from its beginning."""
    times = _of_window(run).count()
    return run_create(
        export=run.export, window=f"{_base(run.window)}{AGAIN}{times}", due_at=run.due_at
    )


def _of_window(run: ExportRun) -> QuerySet[ExportRun]:
    return run.export.runs.filter(window__startswith=_base(run.window))


def _base(window: str) -> str:
    return window.partition(AGAIN)[0]
