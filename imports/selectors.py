"""Everything that the screens read of imports."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models import Subquery as Sub
from django.db.models.functions import Coalesce
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from imports.health import Health, health
from imports.models import Import, ImportBatch, ImportRun

ENDED = (ImportRun.Status.DONE, ImportRun.Status.STOPPED)
# What a run is planned with, which no tab shows; a list shows even less of an import.
RUN_HEAVY = ("mapping", "columns", "sql", "result", "new_event_names")
HEAVY = ("mapping", "columns")

# How far back it is looked for how fast a run is now.
RECENT = datetime.timedelta(minutes=2)

_PROCESSED = Q(rows_imported__gt=0) | Q(rows_failed__gt=0)
_STREAMS = Q(units__is_tail=False)
_READ = F("units__batches__end_row") - F("units__batches__first_row")


def import_rows(*, account: Account) -> QuerySet[Import]:
    """The account's imports, newest first, with their last run and what their health is made of."""
    runs = ImportRun.objects.filter(parent=OuterRef("pk"))
    judged = runs.filter(_PROCESSED, status=ImportRun.Status.DONE).order_by("-pk")
    started = runs.order_by().values("parent").annotate(at=Max("started_at")).values("at")
    return (
        Import.objects.filter(account=account)
        .select_related("account", "created_by", "updated_by", "connection")
        .defer("connection__config")
        .annotate(
            last_run_at=Sub(started),
            has_ended=Exists(runs.filter(status__in=ENDED)),
            judged_imported=Coalesce(Sub(judged.values("rows_imported")[:1]), 0),
            judged_number=Sub(judged.values("number")[:1]),
            judged_failed=Coalesce(Sub(judged.values("rows_failed")[:1]), 0),
        )
        .order_by("-pk")
    )


def health_of(item: Any) -> Health | None:
    """Of the last run that had rows to judge; None before the first run has ended.

    `item` comes from `import_rows`.
    """
    if not item.has_ended:
        return None
    return health(imported=item.judged_imported, failed=item.judged_failed)


def run_without_success(item: Any) -> int | None:
    """The number of the last run that had rows to judge, when not one of them was imported.

    `item` comes from `import_rows`.
    """
    return item.judged_number if item.judged_failed and not item.judged_imported else None


def creators(*, account: Account) -> QuerySet[User]:
    """Those who made the account's imports, by name."""
    made = Import.objects.filter(account=account).values("created_by")
    return User.objects.filter(pk__in=made).order_by("first_name", "last_name", "username")


def open_runs(items: Iterable[Import]) -> dict[int, Any]:
    """The run under way of each import that has one, by the import's key, with its progress."""
    runs = ImportRun.objects.filter(parent__in=[item.pk for item in items])
    return {run.parent_id: run for run in with_progress(runs.filter(status__in=ImportRun.OPEN))}


def with_progress(runs: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
    """How far each run is, by its batches: a run says it itself only once it is done."""
    pending = Q(units__status="pending")
    of_late = Q(units__batches__recorded_at__gt=timezone.now() - RECENT)
    return runs.defer(*RUN_HEAVY).annotate(
        read_so_far=Sum(_READ, filter=_STREAMS, default=0, output_field=BigIntegerField()),
        read_of_late=Sum(
            _READ, filter=_STREAMS & of_late, default=0, output_field=BigIntegerField()
        ),
        imported_so_far=Sum("units__batches__rows_imported", default=0),
        failed_so_far=Sum("units__batches__rows_failed", default=0),
        parts=Count("units", distinct=True),
        streams_left=Count("units", filter=pending & _STREAMS, distinct=True),
        tails_left=Count("units", filter=pending & Q(units__is_tail=True), distinct=True),
    )


def runs_of(item: Import) -> QuerySet[ImportRun]:
    """The runs, newest first."""
    return item.runs.defer(*RUN_HEAVY).select_related("created_by").order_by("-number")


def totals_of(item: Import) -> dict[str, int]:
    """What all finished runs together have done."""
    done = item.runs.filter(status=ImportRun.Status.DONE).order_by()
    sums = {name: Sum(name, default=0) for name in ("rows_read", "rows_imported", "rows_failed")}
    return done.aggregate(runs=Count("pk"), **sums)


def runs_with_failures(item: Import) -> QuerySet[ImportRun]:
    """Runs in which a row has failed, newest first; of an open one, so far."""
    failed = ImportBatch.objects.filter(unit__run=OuterRef("pk"), rows_failed__gt=0)
    return runs_of(item).filter(Q(rows_failed__gt=0) | Exists(failed))


def batches_with_failures(run: ImportRun) -> QuerySet[ImportBatch]:
    """Those whose failed rows were kept, in the order of the source."""
    kept = ImportBatch.objects.filter(unit__run=run).exclude(failed_file="").defer("survey")
    return kept.order_by("unit__part", "first_row")


def failures_of(run: ImportRun) -> dict[str, dict[str, int]]:
    """{code: {column: failures}}: of a finished run as it says; before, its batches added up."""
    if run.status == ImportRun.Status.DONE:
        return dict(run.failures)
    summed: dict[str, dict[str, int]] = {}
    for failures in ImportBatch.objects.filter(unit__run=run).values_list("failures", flat=True):
        for code, columns in failures.items():
            counts = summed.setdefault(code, {})
            for column, count in columns.items():
                counts[column] = counts.get(column, 0) + count
    return summed


def rows_failed(run: ImportRun) -> int:
    """Of an open run, so far."""
    if run.status == ImportRun.Status.DONE:
        return run.rows_failed
    batches = ImportBatch.objects.filter(unit__run=run)
    return int(batches.aggregate(failed=Sum("rows_failed", default=0))["failed"])
