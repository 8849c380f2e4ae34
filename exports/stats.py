"""What an export has sent: per day, week, month, event and run, and how late it came."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.charts import Series, Spot, chart, share_text
from clevertap_partners.core.periods import PERIODS
from exports import lateness, selectors
from exports.models import Export
from exports.stats_days import by_period
from exports.stats_lines import Line, Stats
from exports.stats_runs import by_run

EVENTS_ON_A_PAGE = 20


def ways(export: Export) -> tuple[str, ...]:
    """People have neither days nor events, and only what recurs has windows to be late for."""
    if export.is_of_profiles:
        return ("run",)
    return (*PERIODS, "event", "run", *(("lateness",) if export.is_recurring else ()))


def stats_of(
    export: Export, *, by: str | None, number: str | None, zone: zoneinfo.ZoneInfo
) -> Stats:
    way = known_way(export, by)
    if way in PERIODS:
        return by_period(export, way, number)
    return BY[way](export, number, zone)


def known_way(export: Export, by: str | None) -> str:
    known = ways(export)
    return by if by in known else known[0]


def by_event(export: Export, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    """All pages have one scale: that of the most frequent event, and of the one of most bytes."""
    totals: Any = selectors.event_totals(export)
    page = Paginator(totals, EVENTS_ON_A_PAGE).get_page(number)
    most_rows = totals.values_list("total_rows", flat=True).first() or 0
    most_bytes = totals.order_by("-total_bytes").values_list("total_bytes", flat=True).first() or 0
    lines = [
        Line(
            one["event_name"],
            one["total_rows"],
            one["total_bytes"],
            one["files"],
            rows_bar=share_text(one["total_rows"], most_rows),
            bytes_bar=share_text(one["total_bytes"], most_bytes),
        )
        for one in page
    ]
    return Stats("event", _("Event"), lines, page)


def by_lateness(export: Export, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    found = lateness.lateness_of(export, zone)
    lines = [
        Line(str(delay.label), delay.rows, share=delay.share(found.rows)) for delay in found.delays
    ]
    drawn = chart(
        "rows",
        gettext("Rows by how late they came"),
        "rows",
        [Spot(str(delay.label), str(delay.short)) for delay in found.delays],
        [Series("good", gettext("Rows"), [delay.rows for delay in found.delays])],
        room=len(found.delays),
    )
    has_some = bool(found.rows)
    return Stats(
        "lateness",
        _("Came late by"),
        lines if has_some else (),
        charts=(drawn,) if has_some else (),
        runs=found.runs,
    )


BY: dict[str, Callable[[Export, str | None, zoneinfo.ZoneInfo], Stats]] = {
    "event": by_event,
    "run": by_run,
    "lateness": by_lateness,
}
