"""What the screens show of runs: the one under way, the next ones, what each window holds."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.timing import clocks, near_clock, until
from exports.models import Export, ExportFile, ExportRun, ExportUnit, Incident
from exports.recurrence import schedule_of
from exports.schedule import Schedule
from exports.spec import ExportSpec

NEXT_RUNS = 3
# How far back it is looked for how fast a run is now.
RECENT = datetime.timedelta(minutes=2)


@dataclass(frozen=True)
class NextRun:
    """When an export runs next: in words that change with time, and as the clock shows it."""

    words: str
    at: str = ""
    is_behind: bool = False


def export_rows(*, account: Account) -> QuerySet[Export]:
    """The account's exports, newest first, with whom and what the screens name."""
    return (
        Export.objects.filter(account=account)
        .select_related("account", "created_by", "stopped_by", "connection")
        .defer("connection__config")
        .order_by("-request_id")
    )


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
        words = ngettext(
            "catching up: {count} window behind", "catching up: {count} windows behind", behind
        ).format(count=behind)
        return NextRun(words, near_clock(due, zone, now), is_behind=True)
    if under_way:
        then = _("then {time}").format(time=_clock_of(due, schedule, zone, now))
        return NextRun(_("now running"), then)
    if behind:
        return NextRun(_("due now"), near_clock(due, zone, now))
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


def open_runs(exports: Iterable[Export]) -> dict[int, Any]:
    """The run under way of each export that has one, by the export's key, with its progress."""
    keys = [export.pk for export in exports if export.is_open]
    return _by_export(ExportRun.objects.filter(export__in=keys, status__in=Export.OPEN))


def stopped_runs(exports: Iterable[Export]) -> dict[int, Any]:
    """The last run of each export that was to run once and was stopped, by the export's key."""
    keys = [one.pk for one in exports if not (one.is_open or one.is_recurring or _is_done(one))]
    return _by_export(ExportRun.objects.filter(export__in=keys).order_by("pk")) if keys else {}


def _is_done(export: Export) -> bool:
    return export.status == Export.Status.DONE


def _by_export(runs: QuerySet[ExportRun]) -> dict[int, Any]:
    since = timezone.now() - RECENT
    recent = ExportFile.objects.filter(run=OuterRef("pk"), stored_at__gt=since)
    found = written(runs.defer("records", "slugs")).annotate(recent_rows=_total(recent, "rows"))
    return {run.export_id: run for run in found}


def written(runs: QuerySet[ExportRun]) -> QuerySet[Any]:
    """The runs with what the bucket has confirmed of each: its units have counted it."""
    units = ExportUnit.objects.filter(run=OuterRef("pk"))
    names = ("rows_written", "bytes_written", "files_written")
    return runs.annotate(**{name: _total(units, name) for name in names})


def _total(rows: QuerySet[Any], column: str) -> Coalesce:
    sums = rows.order_by().values("run").annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(sums), 0, output_field=BigIntegerField())


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
    return written(found.filter(pk__in=[run.pk for run in runs])).order_by("-run_timestamp")


def incidents_of(export: Export) -> QuerySet[Incident]:
    return Incident.objects.filter(export=export).order_by("-opened_at", "-pk")
