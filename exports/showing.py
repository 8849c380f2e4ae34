"""What the screens show of runs: the one under way, the next ones, what each window holds."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.timing import clocks, near_clock, until
from exports.models import Export, ExportFile, ExportRun, Incident
from exports.recurrence import schedule_of
from exports.schedule import Schedule
from exports.spec import ExportSpec

NEXT_RUNS = 3
_STORED = Q(files__stored_at__isnull=False)


@dataclass(frozen=True)
class NextRun:
    """When an export runs next: in words that change with time, and as the clock shows it."""

    words: str
    at: str = ""
    is_behind: bool = False


def export_rows(*, account: Account) -> QuerySet[Export]:
    """The account's exports, newest first, with what the list shows of their progress.

    Sums are subqueries, so that they are made for the rows of a page and for no others.
    """
    return (
        Export.objects.filter(account=account)
        .select_related("account", "created_by", "stopped_by", "connection")
        .defer("connection__config")
        .annotate(
            rows_written=_finished("rows_counted") + _unfinished(Sum("rows")),
            bytes_written=_finished("bytes_delivered") + _unfinished(Sum("bytes")),
            files_written=_finished("files_delivered") + _unfinished(Count("pk")),
            rows_counted=Subquery(_runs_of_export(Sum("rows_counted"))),
            last_run_at=Subquery(_runs_of_export(Max("started_at"))),
        )
        .order_by("-request_id")
    )


def _finished(column: str) -> Coalesce:
    """Of the finished runs, which say it themselves: of years of runs there may be many files."""
    done = _runs_of_export(Sum(column), Q(status=ExportRun.Status.DONE))
    return Coalesce(Subquery(done), 0)


def _unfinished(total: Aggregate) -> Coalesce:
    """Of the run under way and the stopped one, whose files tell."""
    others = ~Q(run__status=ExportRun.Status.DONE)
    return Coalesce(Subquery(_files_of_export(total, others)), 0)


def _files_of_export(total: Aggregate, some: Q) -> QuerySet[ExportFile, Any]:
    files = ExportFile.objects.filter(some, run__export=OuterRef("pk"), stored_at__isnull=False)
    return files.order_by().values("run__export").annotate(total=total).values("total")


def _runs_of_export(total: Aggregate, some: Q | None = None) -> QuerySet[ExportRun, Any]:
    runs = ExportRun.objects.filter(some or Q(), export=OuterRef("pk"))
    return runs.order_by().values("export").annotate(total=total).values("total")


def next_run(
    export: Export, zone: zoneinfo.ZoneInfo, under_way: ExportRun | None
) -> NextRun | None:
    """None when there is no next run."""
    due, now = export.next_run_at, timezone.now()
    if due is None or not export.is_open:
        return None
    schedule = schedule_of(export)
    behind = windows_behind(due, export.interval_hours or 24, now)
    if behind > 1:
        return NextRun(
            f"catching up: {behind} windows behind", near_clock(due, zone, now), is_behind=True
        )
    if under_way:
        return NextRun("now running", f"then {_clock_of(due, schedule, zone, now)}")
    if behind:
        return NextRun("due now", near_clock(due, zone, now))
    return NextRun(until(due, now), clocks([due], zone, now)[0])


def windows_behind(due: datetime.datetime, hours: int, now: datetime.datetime) -> int:
    """How many slots have passed without a run, `due` being the first of them."""
    return max(0, (now - due) // datetime.timedelta(hours=hours) + 1)


def _clock_of(
    due: datetime.datetime,
    schedule: Schedule,
    zone: zoneinfo.ZoneInfo,
    now: datetime.datetime,
) -> str:
    slot = due if due > now else schedule.next_after(now)
    return clocks([slot], zone, now)[0]


def next_clocks(export: Export, zone: zoneinfo.ZoneInfo) -> list[str]:
    """The next runs of an open recurring export."""
    due, now = export.next_run_at, timezone.now()
    if due is None or not export.is_open:
        return []
    schedule = schedule_of(export)
    # What is behind is said elsewhere, and a run under way is no next one.
    after = max(due - datetime.timedelta(seconds=1), now)
    return clocks(schedule.upcoming(after, NEXT_RUNS), zone, now)


def spec_clocks(spec: ExportSpec, zone: zoneinfo.ZoneInfo) -> list[str]:
    """When an export as of `spec` would run from now on; a start that is past aside."""
    if spec.starts_at is None or spec.interval_hours is None:
        return []
    now = timezone.now()
    schedule = Schedule(spec.starts_at, spec.interval_hours, zone)
    return clocks(schedule.upcoming(now, NEXT_RUNS), zone, now)


def open_runs(exports: Iterable[Export]) -> dict[int, ExportRun]:
    """The run under way of each export that has one, by the export's key, with its progress."""
    keys = [export.pk for export in exports if export.is_open]
    runs = (
        ExportRun.objects.filter(export__in=keys, status__in=Export.OPEN)
        .defer("records", "slugs")
        .annotate(rows_written=Sum("files__rows", filter=_STORED, default=0))
    )
    return {run.export_id: run for run in runs}


def runs_of(export: Export) -> QuerySet[ExportRun]:
    """The runs, newest first, each with the end of the window before its own."""
    before = ExportRun.objects.filter(
        export=OuterRef("export"),
        run_timestamp__lt=OuterRef("run_timestamp"),
        status=ExportRun.Status.DONE,
    ).order_by("-run_timestamp")
    return export.runs.defer("records", "slugs").annotate(
        previous_due_at=Subquery(before.values("due_at")[:1]),
        previous_timestamp=Subquery(before.values("run_timestamp")[:1]),
    )


def with_totals(runs: Iterable[ExportRun]) -> QuerySet[Any]:
    """The same runs, and what is in the bucket of each."""
    some = next(iter(runs), None)
    found = runs_of(some.export) if some else ExportRun.objects.none()
    return (
        found.filter(pk__in=[run.pk for run in runs])
        .annotate(
            files_written=Count("files", filter=_STORED),
            rows_written=Sum("files__rows", filter=_STORED, default=0),
            bytes_written=Sum("files__bytes", filter=_STORED, default=0),
        )
        .order_by("-run_timestamp")
    )


def incidents_of(export: Export) -> QuerySet[Incident]:
    return Incident.objects.filter(export=export).order_by("-opened_at", "-pk")
