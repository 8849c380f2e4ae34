"""Rows and bytes by the days on which the events happened, whichever run sent them."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Trunc
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.charts import Chart, Series, chart
from clevertap_partners.core.periods import PERIODS, Period, unbroken
from exports.models import Export, ExportFile
from exports.stats_lines import Line, Stats

COLUMNS = {
    "day": _("Day of the events"),
    "week": _("Week of the events, by its Monday"),
    "month": _("Month of the events"),
}
TITLES = {
    ("day", "rows"): _("Rows a day"),
    ("day", "bytes"): _("Size a day"),
    ("week", "rows"): _("Rows a week"),
    ("week", "bytes"): _("Size a week"),
    ("month", "rows"): _("Rows a month"),
    ("month", "bytes"): _("Size a month"),
}
GAPS_LEFT_OUT = _("Days without events are left out.")


def by_period(export: Export, by: str, number: str | None) -> Stats:
    period = PERIODS[by]
    page = Paginator(period_totals(export, by), period.on_a_page).get_page(number)
    totals = {one["begin"]: one for one in page}
    lines = [
        Line(period.label(day), one["total_rows"], one["total_bytes"], one["files"])
        for day, one in totals.items()
    ]
    return Stats(by, COLUMNS[by], lines, page, _charts(period, totals))


def period_totals(export: Export, by: str) -> QuerySet[ExportFile, Any]:
    """The newest first."""
    begin = F("event_day") if by == "day" else Trunc("event_day", by)
    return (
        ExportFile.objects.filter(export=export, stored_at__isnull=False)
        .values(begin=begin)
        .annotate(files=Count("pk"), total_rows=Sum("rows"), total_bytes=Sum("bytes"))
        .order_by("-begin")
    )


def _charts(period: Period, totals: dict[datetime.date, dict[str, int]]) -> tuple[Chart, ...]:
    """Time runs from left to right, while the table has the newest on top."""
    days, is_whole = unbroken(period, sorted(totals))
    spots = [period.spot(day) for day in days]
    found = [totals.get(day, {}) for day in days]
    note = "" if is_whole else str(GAPS_LEFT_OUT)
    return tuple(
        chart(
            unit,
            str(TITLES[period.key, unit]),
            unit,
            spots,
            [Series("good", label, [one.get(f"total_{unit}", 0) for one in found])],
            note=note,
        )
        for unit, label in (("rows", gettext("Rows")), ("bytes", gettext("Size")))
    )
