"""Which steps of imports wait for a worker."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from clevertap_partners.core.lease import free
from imports.models import Import, ImportRun, ImportUnit


def imports_due() -> QuerySet[Import]:
    """Imports whose slot has come, longest waiting first."""
    return Import.objects.filter(
        status__in=Import.ACTIVE, next_run_at__lte=timezone.now()
    ).order_by("next_run_at", "pk")


def runs_to_plan() -> QuerySet[ImportRun]:
    return _runs().filter(_due(), free(), status=ImportRun.Status.PENDING).order_by("pk")


def runs_to_finish() -> QuerySet[ImportRun]:
    return _runs().filter(
        _due(), free(), ~_has_units(OuterRef("pk")), status=ImportRun.Status.RUNNING
    )


def units_to_read() -> QuerySet[ImportUnit]:
    """Fairest first: accounts with the fewest units under way. The tail waits for all others."""
    others = ImportUnit.objects.filter(
        run=OuterRef("run"), is_tail=False, status=ImportUnit.Status.PENDING
    )
    run_is_due = Q(run__next_attempt_at=None) | Q(run__next_attempt_at__lte=timezone.now())
    return (
        ImportUnit.objects.filter(_due(), free(), run_is_due, status=ImportUnit.Status.PENDING)
        .filter(run__status=ImportRun.Status.RUNNING)
        .filter(Q(is_tail=False) | ~Exists(others))
        .select_related(
            "run__parent__account", "run__connection", "run__failed_rows_of", "run__after__parent"
        )
        .annotate(busy=_units_under_way())
        .order_by("busy", "run_id", "part")
    )


def runs_to_clear() -> QuerySet[ImportRun]:
    """Runs whose files nobody needs any more, but for the last one of each import: its fingerprints
    tell the next run what is new."""
    over = timezone.now() - datetime.timedelta(days=settings.IMPORT_FAILED_ROWS_DAYS)
    ended = ImportRun.objects.filter(finished_at__lt=over).exclude(status__in=ImportRun.OPEN)
    is_last = Exists(Import.objects.filter(last_done=OuterRef("pk")))
    wanted = Q(failed_rows_kept__gt=0) | ~is_last
    return (
        ended.filter(_due(), free(), wanted, cleared_at=None)
        .select_related("parent")
        .order_by("pk")
    )


def steps_waiting() -> int:
    waiting = (runs_to_plan(), runs_to_finish(), units_to_read(), runs_to_clear())
    return sum(rows.count() for rows in waiting)


def _runs() -> QuerySet[ImportRun]:
    return ImportRun.objects.select_related(
        "parent__account", "connection", "failed_rows_of", "after__parent"
    )


def _has_units(run: OuterRef) -> Exists:
    return Exists(ImportUnit.objects.filter(run=run, status=ImportUnit.Status.PENDING))


def _due() -> Q:
    return Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now())


def _units_under_way() -> Case | Value:
    """How many units of the row's account are leased now."""
    leased = ImportUnit.objects.filter(lease_until__gt=timezone.now()).values_list(
        "run__parent__account_id"
    )
    counts = leased.annotate(count=Count("pk")).order_by()
    cases = [When(run__parent__account_id=pk, then=Value(count)) for pk, count in counts]
    return Case(*cases, default=Value(0)) if cases else Value(0)
