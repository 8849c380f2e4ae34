"""[pure] What a run will write, fixed before the first byte: the same plan, the same files."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from clevertap_partners.eventstore.profile_reader import ProfileShard
from clevertap_partners.eventstore.reader import DayCount
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.naming import EventFiles, ProfileFiles
from exports.pipeline.records import Records


@dataclass(frozen=True)
class PlannedUnit:
    """One unit of work: a day of events, or a part of the people, and how many rows it has."""

    part: int
    event_day: datetime.date | None
    rows: int


@dataclass(frozen=True)
class UnitPlan:
    """All that a worker needs to write the files of one unit, and write them the same again.

    `max_bytes` bounds each file as stored.
    """

    files: EventFiles | ProfileFiles
    records: Records
    format_key: str
    options: EncodeOptions
    max_bytes: int


def plan_days(counts: Iterable[DayCount]) -> list[PlannedUnit]:
    """A unit for each day that has events, in order."""
    days: dict[datetime.date, int] = {}
    for count in counts:
        days[count.event_day] = days.get(count.event_day, 0) + count.rows
    return [PlannedUnit(part, day, days[day]) for part, day in enumerate(sorted(days))]


def plan_shards(shards: Iterable[ProfileShard]) -> list[PlannedUnit]:
    """A unit for each shard of the people of which any are wanted."""
    return [PlannedUnit(shard.number, None, shard.rows) for shard in shards if shard.rows]
