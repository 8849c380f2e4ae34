"""How fast something goes on, and how long it will take, in words."""

from __future__ import annotations

import datetime
import math

from django.utils.translation import gettext as _

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400


def rows_a_second(
    *, recent: int, window: datetime.timedelta, all_rows: int, since: datetime.timedelta
) -> float | None:
    """As of late, else since the beginning; None while nobody can tell."""
    rows, seconds = (recent, min(window, since)) if recent else (all_rows, since)
    return rows / seconds.total_seconds() if rows and seconds.total_seconds() >= 1 else None


def time_left(seconds: float) -> str:
    """As rough as such a guess is: about 3 min left."""
    if seconds < MINUTE_S:
        return _("less than a minute left")
    if seconds < HOUR_S:
        return _("about %(minutes)d min left") % {"minutes": math.ceil(seconds / MINUTE_S)}
    if seconds < DAY_S:
        hours, rest = divmod(round(seconds), HOUR_S)
        parts = {"hours": hours, "minutes": rest // MINUTE_S}
        return _("about %(hours)d h %(minutes)d min left") % parts
    return _("more than a day left")
