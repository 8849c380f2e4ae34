"""[pure] Times in words, on the clock of the account."""

from __future__ import annotations

import datetime
import math
import zoneinfo
from collections.abc import Sequence

MINUTE = datetime.timedelta(minutes=1)


def offset(moment: datetime.datetime) -> str:
    """UTC, UTC+02:00."""
    return f"UTC{moment.isoformat()[-6:]}" if moment.utcoffset() else "UTC"


def utc_text(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(moment: datetime.datetime, zone: zoneinfo.ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %-d %b %Y, %H:%M}"


def near_clock(moment: datetime.datetime, zone: zoneinfo.ZoneInfo, now: datetime.datetime) -> str:
    """As `clock`, without the year where it is this one."""
    local = moment.astimezone(zone)
    this_year = local.year == now.astimezone(zone).year
    return f"{local:%a %-d %b, %H:%M}" if this_year else clock(moment, zone)


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
    days, hours = divmod(minutes // 60, 24)
    if minutes <= 1:
        return "in a minute"
    if days:
        return f"in {days} d {hours} h" if hours else f"in {days} d"
    rest = minutes % 60
    if hours:
        return f"in {hours} h {rest} min" if rest else f"in {hours} h"
    return f"in {minutes} min"
