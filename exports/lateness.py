"""How late events arrive: their day beside the day on which the window that sent them began.

Whole days, by what planning has counted for each run and day; neither the lake nor the files are
read. The first run is left out: it sends what was there already, late or not.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports import showing
from exports.models import Export, ExportRun, ExportUnit

# Some months of the busiest export; what was longer ago says little about today.
NEWEST_RUNS = 500


@dataclass(frozen=True)
class Delay:
    """Rows that came between `first` days late and the next delay's."""

    first: int
    label: str | Promise
    short: str | Promise
    rows: int = 0

    def share(self, total: int) -> str:
        """Rounded down, so that only all of them are 100 %."""
        tenths = 1000 * self.rows // total if total else 0
        if self.rows and not tenths:
            return f"< {number_format(0.1)} %"
        return f"{number_format(f'{tenths / 10:g}')} %"


@dataclass(frozen=True)
class Lateness:
    delays: tuple[Delay, ...]
    runs: int

    @property
    def rows(self) -> int:
        return sum(delay.rows for delay in self.delays)


DELAYS = (
    Delay(0, _("Not late"), _("Not late")),
    Delay(1, _("1 day"), _("1 day")),
    Delay(2, _("2 days"), _("2 days")),
    Delay(3, _("3 to 7 days"), _("3–7 days")),
    Delay(8, _("8 to 30 days"), _("8–30 days")),
    Delay(31, _("More than 30 days"), _("> 30 days")),
)


def lateness_of(export: Export, zone: zoneinfo.ZoneInfo) -> Lateness:
    begun = dict(_windows(export, zone))
    days = (
        ExportUnit.objects.filter(run__in=begun, event_day__isnull=False)
        .order_by()
        .values_list("run_id", "event_day")
        .annotate(rows=Sum("rows_counted"))
    )
    late = (((begun[run] - day).days, rows) for run, day, rows in days)
    return Lateness(_sorted_in(late), len(begun))


def _windows(export: Export, zone: zoneinfo.ZoneInfo) -> Iterable[tuple[int, datetime.date]]:
    """The finished runs after the first, each with the day on which its window began."""
    found: Any = showing.runs_of(export)
    runs = found.filter(
        status=ExportRun.Status.DONE,
        since_version__isnull=False,
        previous_due_at__isnull=False,
    )
    newest = runs.order_by("-run_timestamp").values_list("pk", "previous_due_at")[:NEWEST_RUNS]
    return ((pk, begin.astimezone(zone).date()) for pk, begin in newest)


def _sorted_in(late: Iterable[tuple[int, int]]) -> tuple[Delay, ...]:
    rows = [0] * len(DELAYS)
    for days, count in late:
        place = max((i for i, delay in enumerate(DELAYS) if delay.first <= days), default=0)
        rows[place] += count
    return tuple(
        Delay(delay.first, delay.label, delay.short, count)
        for delay, count in zip(DELAYS, rows, strict=True)
    )
