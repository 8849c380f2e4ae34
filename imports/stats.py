"""Rows of an import per day, week, month and run, a page at a time or as CSV."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, DateField, QuerySet, Sum
from django.db.models.functions import Trunc
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.charts import Chart, Spot
from clevertap_partners.core.english import in_english
from clevertap_partners.core.periods import PERIODS, unbroken
from clevertap_partners.core.share_charts import ShareChart
from clevertap_partners.core.timing import clock
from imports import selectors
from imports.health import Health, health
from imports.models import Import, ImportRun
from imports.stats_charts import health_chart, rows_chart

DONE = ImportRun.Status.DONE
KEYS = ("runs", "read", "imported", "failed")
RUNS_ON_A_PAGE = 30
COLUMNS = {
    "day": _("Day of the import"),
    "week": _("Week of the import, by its Monday"),
    "month": _("Month of the import"),
    "run": _("Run, by its start"),
}
WAYS = {
    "day": _("By day"),
    "week": _("By week"),
    "month": _("By month"),
    "run": _("By run"),
}
GAPS_LEFT_OUT = _("Days without a run are left out.")


@dataclass(frozen=True)
class Line:
    """One day, week, month or run: what became of its rows."""

    label: str
    runs: int
    read: int
    imported: int
    failed: int

    @property
    def health(self) -> Health:
        return health(imported=self.imported, failed=self.failed, read=self.read)


NONE = Line("", 0, 0, 0, 0)


@dataclass(frozen=True)
class Stats:
    """One page."""

    by: str
    column: str | Promise
    page: Page[Any]
    lines: Sequence[Line]
    chart: Chart
    health_chart: ShareChart


@dataclass(frozen=True)
class Table:
    """The whole of it, for a file."""

    header: Sequence[str]
    lines: Iterable[Sequence[object]]


def known_way(by: str | None) -> str:
    return by if by in WAYS else next(iter(WAYS))


def stats_of(item: Import, *, by: str | None, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    way = known_way(by)
    if way == "run":
        return _by_run(item, number, zone)
    return _by_period(item, way, number, zone)


def table_of(item: Import, *, by: str, zone: zoneinfo.ZoneInfo) -> Table:
    """`by` is one of WAYS. Headings are English, whoever reads: files are the same for all."""
    with in_english():
        first = str(COLUMNS[by])
    header = (first, "Runs", "Total records", "Successful syncs", "Failed syncs")
    if by == "run":
        return Table(("Run", "Started", *header[2:], "Known already"), _run_cells(item, zone))
    totals = _totals(item, by, zone).iterator()
    return Table(header, ((one["begin"], *(one[key] for key in KEYS)) for one in totals))


def _by_period(item: Import, by: str, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    """By the day on which the rows landed, in account time."""
    period = PERIODS[by]
    page = Paginator(_totals(item, by, zone), period.on_a_page).get_page(number)
    found = {
        one["begin"]: Line(period.label(one["begin"]), *(one[key] for key in KEYS)) for one in page
    }
    days, is_whole = unbroken(period, sorted(found))
    spots = [period.spot(day) for day in days]
    drawn = [found.get(day, NONE) for day in days]
    note = "" if is_whole else str(GAPS_LEFT_OUT)
    return _stats(by, page, list(found.values()), spots, drawn, note)


def _totals(item: Import, by: str, zone: zoneinfo.ZoneInfo) -> QuerySet[ImportRun, Any]:
    begin = Trunc("finished_at", by, tzinfo=zone, output_field=DateField())
    return (
        item.runs.filter(status=DONE, finished_at__isnull=False)
        .order_by()
        .values(begin=begin)
        .annotate(
            runs=Count("pk"),
            read=Sum("rows_read"),
            imported=Sum("rows_imported"),
            failed=Sum("rows_failed"),
        )
        .order_by("-begin")
    )


def _by_run(item: Import, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    page = Paginator(selectors.runs_of(item).filter(status=DONE), RUNS_ON_A_PAGE).get_page(number)
    lines = [
        Line(_label(run, zone), 1, run.rows_read, run.rows_imported, run.rows_failed)
        for run in page
    ]
    # Time runs from left to right, while the table has the newest on top.
    spots = [Spot(_label(run, zone), _short(run, zone)) for run in page][::-1]
    return _stats("run", page, lines, spots, lines[::-1])


def _stats(
    by: str,
    page: Page[Any],
    lines: Sequence[Line],
    spots: Sequence[Spot],
    drawn: Sequence[Line],
    note: str = "",
) -> Stats:
    counts = [(line.imported, line.failed) for line in drawn]
    healths = [line.health for line in drawn]
    return Stats(
        by,
        COLUMNS[by],
        page,
        lines,
        rows_chart(by, spots, counts, note),
        health_chart(spots, counts, healths, note),
    )


def _run_cells(item: Import, zone: zoneinfo.ZoneInfo) -> Iterator[Sequence[object]]:
    for run in selectors.runs_of(item).filter(status=DONE).iterator():
        counts = (run.rows_read, run.rows_imported, run.rows_failed, run.rows_known)
        yield (run.number, _iso(run.started_at, zone), *counts)


def _iso(moment: datetime.datetime | None, zone: zoneinfo.ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""


def _label(run: ImportRun, zone: zoneinfo.ZoneInfo) -> str:
    if run.started_at:
        return clock(run.started_at, zone)
    return gettext("run {number}").format(number=run.number)


def _short(run: ImportRun, zone: zoneinfo.ZoneInfo) -> str:
    return date_format(run.started_at.astimezone(zone), "j M, H:i") if run.started_at else "–"
