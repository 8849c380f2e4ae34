"""[pure] What a run will write, fixed before the first byte: the same plan, the same files."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from clevertap_partners.eventstore.reader import DayCount
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.naming import RunNames


@dataclass(frozen=True)
class PlannedDay:
    """One unit of work: a day of events and how many of them the store says there are."""

    event_day: datetime.date
    rows: int


@dataclass(frozen=True)
class UnitPlan:
    """All that a worker needs to write the files of one day, and write them the same again.

    `event_names` None means all. `max_bytes` bounds each file as stored.
    """

    names: RunNames
    store_version: int
    event_day: datetime.date
    event_names: tuple[str, ...] | None
    format_key: str
    options: EncodeOptions
    max_bytes: int


def plan_days(counts: Iterable[DayCount]) -> list[PlannedDay]:
    """A unit for each day that has events, in order."""
    days: dict[datetime.date, int] = {}
    for count in counts:
        days[count.event_day] = days.get(count.event_day, 0) + count.rows
    return [PlannedDay(day, days[day]) for day in sorted(days)]
