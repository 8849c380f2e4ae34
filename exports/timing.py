"""[pure] When an export starts, on the clock of the account."""

from __future__ import annotations

import datetime
import zoneinfo
from dataclasses import dataclass

from clevertap_partners.core.timing import offset


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
