"""[pure] When a recurring export runs: every so many hours on the clock of its account.

A slot is a wall time: the start's wall time plus a multiple of the interval. So a run at midnight
stays at midnight when daylight saving begins or ends. Where the wall time is left out that day, the
slot is as much later as the clock jumped; where it comes twice, the slot is the first of the two.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

INTERVALS_HOURS = (4, 6, 8, 12, 24)
# No clock has ever been changed by more than a day, so slots this far away are neither missed nor
# overtaken by one that looks earlier on the wall.
_REACH = datetime.timedelta(hours=49)


@dataclass(frozen=True)
class Schedule:
    """`starts_at` is aware; `interval_hours` divides a day."""

    starts_at: datetime.datetime
    interval_hours: int
    zone: zoneinfo.ZoneInfo

    def next_after(self, moment: datetime.datetime) -> datetime.datetime:
        """The first slot later than `moment`, in UTC; the start itself when that is to come."""
        return min(slot for slot in self._slots_around(moment) if slot > moment)

    def upcoming(self, moment: datetime.datetime, count: int) -> list[datetime.datetime]:
        """The first `count` slots later than `moment`."""
        return list(islice(self._after(moment), count))

    def _after(self, moment: datetime.datetime) -> Iterator[datetime.datetime]:
        while True:
            moment = self.next_after(moment)
            yield moment

    def _slots_around(self, moment: datetime.datetime) -> Iterator[datetime.datetime]:
        start = self._wall(self.starts_at)
        step = datetime.timedelta(hours=self.interval_hours)
        first = max((self._wall(moment) - _REACH - start) // step, 0)
        for number in range(first, first + 2 * (_REACH // step) + 3):
            yield self._instant(start + number * step)

    def _wall(self, moment: datetime.datetime) -> datetime.datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def _instant(self, wall: datetime.datetime) -> datetime.datetime:
        return wall.replace(tzinfo=self.zone).astimezone(datetime.UTC)
