"""How fast something goes on, and how long it will take, in words."""

from __future__ import annotations

import datetime
import math

from django.utils.translation import gettext as _

MINUTE_S = 60
HOUR_MIN = 60
DAY_MIN = 24 * HOUR_MIN


def rows_a_second(
    *, recent: int, window: datetime.timedelta, all_rows: int, since: datetime.timedelta
) -> float | None:
    """As of late, else since the beginning; None while nobody can tell, or nothing moves."""
    if not recent and since > window:
        return None
    rows, seconds = (recent, min(window, since)) if recent else (all_rows, since)
    return rows / seconds.total_seconds() if rows and seconds.total_seconds() >= 1 else None


def time_left(seconds: float) -> str:
    """As rough as such a guess is: about 3 min left."""
    if seconds < MINUTE_S:
        return _("less than a minute left")
    minutes = math.ceil(seconds / MINUTE_S)
    if minutes >= DAY_MIN:
        return _("about a day left") if minutes == DAY_MIN else _("more than a day left")
    hours, rest = divmod(minutes, HOUR_MIN)
    parts = {"hours": hours, "minutes": rest}
    if not hours:
        return _("about %(minutes)d min left") % parts
    if not rest:
        return _("about %(hours)d h left") % parts
    return _("about %(hours)d h %(minutes)d min left") % parts
