"""Times in words, on the clock of the account and in the language of the reader."""

from __future__ import annotations

import datetime
import math
import zoneinfo
from collections.abc import Sequence

from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

MINUTE = datetime.timedelta(minutes=1)


def offset(moment: datetime.datetime) -> str:
    """UTC, UTC+02:00."""
    return f"UTC{moment.isoformat()[-6:]}" if moment.utcoffset() else "UTC"


def utc_text(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"


def month_of(day: datetime.date) -> str:
    """Nov. Django's `date_format` says the same; with hundreds of moments a page, too slowly."""
    return str(MONTHS_3[day.month]).title()


def day_of(day: datetime.date) -> str:
    """22 Nov 2026."""
    return f"{day.day} {month_of(day)} {day.year}"


def clock(moment: datetime.datetime, zone: zoneinfo.ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{WEEKDAYS_ABBR[local.weekday()]} {day_of(local)}, {local:%H:%M}"


def near_clock(moment: datetime.datetime, zone: zoneinfo.ZoneInfo, now: datetime.datetime) -> str:
    """As `clock`, without the year where it is this one."""
    local = moment.astimezone(zone)
    this_year = local.year == now.astimezone(zone).year
    if not this_year:
        return clock(moment, zone)
    return f"{WEEKDAYS_ABBR[local.weekday()]} {local.day} {month_of(local)}, {local:%H:%M}"


def clocks(
    moments: Sequence[datetime.datetime], zone: zoneinfo.ZoneInfo, now: datetime.datetime
) -> list[str]:
    """The moments as the clock shows them, with its offset where that changes between them."""
    local = [moment.astimezone(zone) for moment in moments]
    changes = len({moment.utcoffset() for moment in (now.astimezone(zone), *local)}) > 1
    return [
        near_clock(moment, zone, now) + (f" ({offset(moment)})" if changes else "")
        for moment in local
    ]


def until(moment: datetime.datetime, now: datetime.datetime) -> str:
    """How long it takes, in the two largest units: in 3 h 12 min."""
    minutes = math.ceil((moment - now) / MINUTE)
    if minutes <= 1:
        return _("in a minute")
    days, hours = divmod(minutes // 60, 24)
    if days:
        parts = {"days": days, "hours": hours}
        return _("in %(days)d d %(hours)d h") % parts if hours else _("in %(days)d d") % parts
    if not hours:
        return _("in %(minutes)d min") % {"minutes": minutes}
    parts = {"hours": hours, "minutes": minutes % 60}
    whole = not parts["minutes"]
    return _("in %(hours)d h") % parts if whole else _("in %(hours)d h %(minutes)d min") % parts
