"""Rows and bytes of an export per day, per event and per run, a page at a time."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Sum

from clevertap_partners.core.charts import Chart, chart, share
from clevertap_partners.core.timing import clock
from exports import selectors, showing
from exports.models import Export, ExportFile


@dataclass(frozen=True)
class Line:
    """One day, event or run: what of it is in the bucket."""

    label: str
    rows: int
    bytes: int
    files: int
    share: float = 0.0


@dataclass(frozen=True)
class Stats:
    """One page. `charts` are empty where bars stand in the lines themselves."""

    by: str
    column: str
    page: Page[Any]
    lines: Sequence[Line]
    charts: tuple[Chart, ...] = ()


def by_day(export: Export, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    """By the day on which the events happened, whichever run sent them."""
    days: QuerySet[ExportFile, Any] = (
        ExportFile.objects.filter(run__export=export, stored_at__isnull=False)
        .values("event_day")
        .annotate(files=Count("pk"), total_rows=Sum("rows"), total_bytes=Sum("bytes"))
        .order_by("-event_day")
    )
    page = Paginator(days, 31).get_page(number)
    lines = [_line(f"{day['event_day']:%a %-d %b %Y}", day) for day in page]
    return Stats("day", "Day of the events", page, lines, _charts("a day", lines))


def by_event(export: Export, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    page = Paginator(selectors.event_totals(export), 20).get_page(number)
    # The first page begins with the most frequent event.
    peak = page[0]["total_rows"] if len(page) else 0
    lines = [_line(event["event_name"], event, share(event["total_rows"], peak)) for event in page]
    return Stats("event", "Event", page, lines)


def by_run(export: Export, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    page = Paginator(showing.runs_of(export), 30).get_page(number)
    lines = [
        Line(
            clock(run.started_at, zone) if run.started_at else "not begun",
            run.rows_written,
            run.bytes_written,
            run.files_written,
        )
        for run in showing.with_totals(page)
    ]
    return Stats("run", "Run, by its start", page, lines, _charts("a run", lines))


BY: dict[str, Callable[[Export, str | None, zoneinfo.ZoneInfo], Stats]] = {
    "day": by_day,
    "event": by_event,
    "run": by_run,
}


def ways(export: Export) -> tuple[str, ...]:
    """People have neither days nor events."""
    return ("run",) if export.is_of_profiles else tuple(BY)


def stats_of(
    export: Export, *, by: str | None, number: str | None, zone: zoneinfo.ZoneInfo
) -> Stats:
    known = ways(export)
    return BY[by if by in known else known[0]](export, number, zone)


def _line(label: str, totals: dict[str, Any], length: float = 0.0) -> Line:
    return Line(label, totals["total_rows"], totals["total_bytes"], totals["files"], length)


def _charts(whose: str, lines: Sequence[Line]) -> tuple[Chart, ...]:
    """Time runs from left to right, while the table has the newest on top."""
    onwards = lines[::-1]
    return (
        chart(f"Rows {whose}", "rows", [(line.label, line.rows) for line in onwards]),
        chart(f"Size {whose}", "bytes", [(line.label, line.bytes) for line in onwards]),
    )
