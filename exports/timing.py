"""[pure] Times of runs in words, on the clock of the account."""

from __future__ import annotations

import datetime
import math
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass

MINUTE = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Start:
    """When an export starts. `note` says what the clock makes of the time that was asked for."""

    at: datetime.datetime
    note: str = ""


def start_at(wall: datetime.datetime, zone: zoneinfo.ZoneInfo) -> Start:
    """The moment of a wall time: after the jump where it is left out, the first where it recurs."""
    at = wall.replace(tzinfo=zone).astimezone(datetime.UTC)
    real = at.astimezone(zone)
    if real.replace(tzinfo=None) != wall:
        return Start(
            at,
            f"There is no {wall:%H:%M} on {wall:%-d %B %Y} in {zone.key}, where clocks go forward: "
            f"the export starts at {real:%H:%M} and keeps to that time.",
        )
    if wall.replace(tzinfo=zone, fold=1).utcoffset() != real.utcoffset():
        return Start(
            at,
            f"{wall:%H:%M} comes twice on {wall:%-d %B %Y} in {zone.key}, where clocks go back: "
            f"the export starts at the first of the two ({offset(real)}).",
        )
    return Start(at)


def offset(moment: datetime.datetime) -> str:
    """UTC, UTC+02:00."""
    return f"UTC{moment.isoformat()[-6:]}" if moment.utcoffset() else "UTC"


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
