"""[pure] A year of demo events as batches for the lake, the same for the same plan."""

from __future__ import annotations

import datetime
import hashlib
import math
import random
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from clevertap_partners.eventstore.canonical import Capture
from clevertap_partners.eventstore.demo import cast, sql
from clevertap_partners.eventstore.profiles import ProfileChange
from clevertap_partners.eventstore.records import EVENTS_SCHEMA

# Changes whenever the same arguments would give other events than before.
GENERATOR = 1
BATCH_EVENTS = 50_000
_SLOT_S = 900


@dataclass(frozen=True)
class DemoPlan:
    """Which demo events: how many, over how many days before `until`, on whose clock."""

    events: int
    days: int
    seed: int
    until: datetime.date
    zone: zoneinfo.ZoneInfo

    @property
    def app_id(self) -> str:
        return (
            f"demo:{GENERATOR}:{self.seed}:{self.events}:{self.days}:{self.until}:{self.zone.key}"
        )

    @property
    def record_prefix(self) -> str:
        """Two plans in one account never share a record id."""
        return f"demo-{hashlib.sha256(self.app_id.encode()).hexdigest()[:10]}-"

    @property
    def people(self) -> int:
        return min(max(50, self.events // 40), 100_000)

    def midnight_s(self, day: datetime.date) -> int:
        local = datetime.datetime.combine(day, datetime.time(), self.zone)
        return int(local.timestamp())

    @property
    def end_s(self) -> int:
        return self.midnight_s(self.until)


@dataclass(frozen=True)
class Day:
    """One day of the plan: when it starts, how long it is, and which events are its own."""

    day: datetime.date
    start_s: int
    length_s: int
    first_i: int
    events: int


def demo_profiles(plan: DemoPlan) -> list[ProfileChange]:
    people = (cast.Person(number, plan.seed) for number in range(plan.people))
    changes = (person.change(plan.end_s * 1_000_000) for person in people)
    return [change for change in changes if change is not None]


def demo_batches(
    plan: DemoPlan, *, wanted: Callable[[int], bool]
) -> Iterator[tuple[int, pa.Table]]:
    """Numbered batches of rows by day of arrival; those that are not wanted are never made."""
    days = _days(plan)
    with closing(duckdb.connect(config={"threads": 1})) as connection:
        _make_tables(connection, plan, days)
        for number, chunk in enumerate(_chunks(days), start=1):
            if wanted(number):
                yield number, _rows(connection, plan, chunk)


def _days(plan: DemoPlan) -> list[Day]:
    """The plan's days, with more events every week, at week-ends, and by chance."""
    chance = random.Random(plan.seed)  # noqa: S311  (made-up events, no secrets)
    first = plan.until - datetime.timedelta(days=plan.days)
    dates = [first + datetime.timedelta(days=number) for number in range(plan.days)]
    weights = [_weight(day, number / plan.days, chance) for number, day in enumerate(dates)]
    days, before, total = [], 0.0, sum(weights)
    for day, weight in zip(dates, weights, strict=True):
        start_i = round(plan.events * before / total)
        before += weight
        count = round(plan.events * min(before / total, 1.0)) - start_i
        start_s = plan.midnight_s(day)
        length_s = plan.midnight_s(day + datetime.timedelta(days=1)) - start_s
        days.append(Day(day, start_s, length_s, start_i, count))
    return days


def _weight(day: datetime.date, progress: float, chance: random.Random) -> float:
    weekly = 1.3 if day.weekday() >= 5 else 1.0
    season = 1.0 + 0.2 * math.sin(progress * 2 * math.pi)
    return weekly * season * (1.0 + 0.8 * progress) * chance.uniform(0.9, 1.1)


def _chunks(days: list[Day]) -> Iterator[list[Day]]:
    """Consecutive days, about BATCH_EVENTS events together."""
    chunk: list[Day] = []
    for day in days:
        chunk.append(day)
        if sum(one.events for one in chunk) >= BATCH_EVENTS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _make_tables(connection: duckdb.DuckDBPyConnection, plan: DemoPlan, days: list[Day]) -> None:
    people = [cast.Person(number, plan.seed) for number in range(plan.people)]
    tables = {
        "days": pa.Table.from_pylist([vars(day) for day in days]),
        "offsets": _offsets(plan, days),
        "people": cast.people_table(people, Capture(plan.zone, plan.end_s)),
        "products": cast.products_table(),
        "baskets": cast.baskets_table(plan.seed),
    }
    for name, table in tables.items():
        connection.register(f"{name}_arrow", table)
        connection.execute(f"CREATE TABLE {name} AS FROM {name}_arrow")
    connection.execute("ALTER TABLE baskets ALTER items TYPE JSON")


def _offsets(plan: DemoPlan, days: list[Day]) -> pa.Table:
    """From when on the account's clock differs from UTC by how much."""
    changes: list[dict[str, int]] = []
    for second in range(days[0].start_s, plan.end_s, _SLOT_S):
        offset = datetime.datetime.fromtimestamp(second, plan.zone).utcoffset()
        offset_s = int(offset.total_seconds()) if offset else 0
        if not changes or changes[-1]["offset_s"] != offset_s:
            changes.append({"from_s": second, "offset_s": offset_s})
    return pa.Table.from_pylist(changes)


def _rows(connection: duckdb.DuckDBPyConnection, plan: DemoPlan, chunk: list[Day]) -> pa.Table:
    """What reaches us on the chunk's days: their own events, and late ones of the days before."""
    parameters = {
        "seed": plan.seed,
        "prefix": plan.record_prefix,
        "people": plan.people,
        "baskets": cast.BASKETS,
        "first_day": chunk[0].day - datetime.timedelta(days=sql.MAX_LATE_DAYS + 1),
        "last_day": chunk[-1].day,
        "from_s": chunk[0].start_s,
        "to_s": chunk[-1].start_s + chunk[-1].length_s,
        "end_s": plan.end_s,
    }
    rows = connection.sql(sql.events(), params=parameters).to_arrow_table()
    return pa.table(
        [
            column.cast(field.type)
            for column, field in zip(rows.columns, EVENTS_SCHEMA, strict=True)
        ],
        schema=EVENTS_SCHEMA,
    )
