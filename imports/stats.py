"""Rows of an import per day and per run, a page at a time."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from clevertap_partners.core.charts import Chart, chart
from clevertap_partners.core.timing import clock
from imports import selectors
from imports.health import Health, health
from imports.models import Import, ImportRun

DONE = ImportRun.Status.DONE
KEYS = ("runs", "read", "imported", "failed")


@dataclass(frozen=True)
class Line:
    """One day or run: what became of its rows."""

    label: str
    runs: int
    read: int
    imported: int
    failed: int

    @property
    def health(self) -> Health:
        return health(imported=self.imported, failed=self.failed, read=self.read)


@dataclass(frozen=True)
class Stats:
    """One page."""

    by: str
    column: str
    page: Page[Any]
    lines: Sequence[Line]
    charts: tuple[Chart, ...]


def by_day(item: Import, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    """By the day on which the rows landed, in account time."""
    days = (
        _done(item)
        .annotate(day=TruncDate("finished_at", tzinfo=zone))
        .values("day")
        .annotate(
            runs=Count("pk"),
            read=Sum("rows_read"),
            imported=Sum("rows_imported"),
            failed=Sum("rows_failed"),
        )
        .order_by("-day")
    )
    page = Paginator(days, 31).get_page(number)
    lines = [Line(f"{day['day']:%a %-d %b %Y}", *(day[key] for key in KEYS)) for day in page]
    return Stats("day", "Day of the import", page, lines, _charts("a day", lines))


def by_run(item: Import, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    page = Paginator(selectors.runs_of(item).filter(status=DONE), 30).get_page(number)
    lines = [
        Line(_label(run, zone), 1, run.rows_read, run.rows_imported, run.rows_failed)
        for run in page
    ]
    return Stats("run", "Run, by its start", page, lines, _charts("a run", lines))


BY: dict[str, Callable[[Import, str | None, zoneinfo.ZoneInfo], Stats]] = {
    "day": by_day,
    "run": by_run,
}


def stats_of(item: Import, *, by: str | None, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    return BY[by if by in BY else "day"](item, number, zone)


def _done(item: Import) -> Any:
    return item.runs.filter(status=DONE, finished_at__isnull=False).order_by()


def _label(run: ImportRun, zone: zoneinfo.ZoneInfo) -> str:
    return clock(run.started_at, zone) if run.started_at else f"run {run.number}"


def _charts(whose: str, lines: Sequence[Line]) -> tuple[Chart, ...]:
    """Time runs from left to right, while the table has the newest on top."""
    onwards = lines[::-1]
    return (
        chart(f"Rows imported {whose}", "imported", [(one.label, one.imported) for one in onwards]),
        chart(f"Rows failed {whose}", "failed", [(one.label, one.failed) for one in onwards]),
    )
