"""Days, weeks and months: how they are cut, named and put on the axis of a chart."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.formats import date_format

from clevertap_partners.core.charts import Spot

DAY, WEEK = datetime.timedelta(days=1), datetime.timedelta(days=7)
# A chart may have this many times the bars that its page has lines: so many gaps are filled.
GAPS = 2


@dataclass(frozen=True)
class Period:
    """A way to cut time; each period is known by its first day. `key` is Django's Trunc kind."""

    key: str
    following: Callable[[datetime.date], datetime.date]
    full: str
    short: str
    on_a_page: int

    def spot(self, day: datetime.date) -> Spot:
        return Spot(self.label(day), date_format(day, self.short))

    def label(self, day: datetime.date) -> str:
        return date_format(day, self.full)


def _next_month(day: datetime.date) -> datetime.date:
    return (day.replace(day=1) + 31 * DAY).replace(day=1)


PERIODS = {
    "day": Period("day", lambda day: day + DAY, "D j M Y", "j M", 31),
    "week": Period("week", lambda day: day + WEEK, "j M Y", "j M", 27),
    "month": Period("month", _next_month, "F Y", "M Y", 24),
}


def unbroken(period: Period, days: list[datetime.date]) -> tuple[list[datetime.date], bool]:
    """All periods from the first day to the last, and True; just `days` where that is too many.

    `days` ascend. A single event of long ago shall not press a month into a corner.
    """
    filled = days[:1]
    while filled and filled[-1] < days[-1]:
        if len(filled) == GAPS * period.on_a_page:
            return days, False
        filled.append(period.following(filled[-1]))
    return filled, True
