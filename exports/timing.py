"""When an export starts, on the clock of the account."""

from __future__ import annotations

import datetime
import zoneinfo
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

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
    asked = {"time": f"{wall:%H:%M}", "day": date_format(wall, "j F Y"), "zone": zone.key}
    if real.replace(tzinfo=None) != wall:
        return Start(
            at,
            _(
                "There is no {time} on {day} in {zone}, where clocks go forward: the export starts "
                "at {real} and keeps to that time."
            ).format(**asked, real=f"{real:%H:%M}"),
        )
    if wall.replace(tzinfo=zone, fold=1).utcoffset() != real.utcoffset():
        return Start(
            at,
            _(
                "{time} comes twice on {day} in {zone}, where clocks go back: the export starts at "
                "the first of the two ({offset})."
            ).format(**asked, offset=offset(real)),
        )
    return Start(at)
