"""Date ranges that a person can choose, and how far they may reach."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext_noop as _

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class DayRange:
    """Whole days in account time, both ends included."""

    first: datetime.date
    last: datetime.date

    def __str__(self) -> str:
        if self.first == self.last:
            return date_format(self.first, "j M Y")
        return f"{date_format(self.first, 'j M')} – {date_format(self.last, 'j M Y')}"


@dataclass(frozen=True)
class RangeKind:
    """A choice of the form, translated where it is shown.

    `days` gives the range for a today; None where a person names days.
    """

    label: str
    days: Callable[[datetime.date], DayRange] | None = None


def _last_days(count: int) -> Callable[[datetime.date], DayRange]:
    """The `count` whole days up to yesterday: today is not over yet."""
    return lambda today: DayRange(today - count * DAY, today - DAY)


def _this_month(today: datetime.date) -> DayRange:
    return DayRange(today.replace(day=1), today)


def _previous_month(today: datetime.date) -> DayRange:
    last = today.replace(day=1) - DAY
    return DayRange(last.replace(day=1), last)


RANGE_KINDS = {
    "specific_day": RangeKind(_("Specific day")),
    "date_range": RangeKind(_("Date range")),
    "yesterday": RangeKind(_("Yesterday"), _last_days(1)),
    "last_7_days": RangeKind(_("Last 7 days"), _last_days(7)),
    "last_30_days": RangeKind(_("Last 30 days"), _last_days(30)),
    "current_month": RangeKind(_("Current month"), _this_month),
    "previous_month": RangeKind(_("Previous month"), _previous_month),
}


def earliest_day(today: datetime.date, max_days_back: int) -> datetime.date:
    return today - max_days_back * DAY
