"""What has to come of the rows of a table, run by run, computed without the product."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.imports.torture.source import FUTURE_US, SourceRow


class Event(NamedTuple):
    """What identifies an event wherever it is found."""

    serial: int
    who: str
    name: str
    note: str
    age: float | None
    at_us: int


@dataclass
class Told:
    """What a run has to say of itself."""

    read: int = 0
    imported: int = 0
    failed: Counter[int] = field(default_factory=Counter)
    known: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0


class Expected:
    """The table as it grows, and what is in the lake after each run."""

    def __init__(self, *, has_cursor: bool, people: bool) -> None:
        self._has_cursor = has_cursor
        self._about_people = people
        self.rows: list[SourceRow] = []
        self.high_us: int | None = None
        self.events: Counter[Event] = Counter()
        self.people: dict[str, dict[str, Any]] = {}

    def run(self, added: Sequence[SourceRow]) -> Told:
        """A run after these rows were added."""
        known = [row for row in self.rows if self._is_read(row)]
        new = [row for row in added if self._is_read(row)]
        self.rows += added
        good = [row for row in new if not row.is_bad]
        told = Told(
            read=len(known) + len(new),
            imported=len(good),
            failed=Counter(row.serial for row in new if row.is_bad),
            known=len(known),
        )
        if self._about_people:
            self._meet(good, told)
        else:
            self.events.update(event_of(row) for row in good)
        places = [row.moved_us for row in (*known, *new) if row.moved_us is not None]
        past = [place for place in places if place < FUTURE_US]
        self.high_us = max([*past, *([] if self.high_us is None else [self.high_us])], default=None)
        return told

    def days(self) -> Counter[tuple[str, datetime.date]]:
        """How many events of each name happened on each day, in UTC."""
        return Counter((event.name, moment(event.at_us).date()) for event in self.events.elements())

    def _is_read(self, row: SourceRow) -> bool:
        if not self._has_cursor or self.high_us is None or row.moved_us is None:
            return True
        return row.moved_us >= self.high_us

    def _meet(self, good: Iterable[SourceRow], told: Told) -> None:
        before = {who: dict(values) for who, values in self.people.items()}
        met = set()
        for row in sorted(good, key=lambda row: row.moved_us or 0):
            met.add(str(row.who))
            self.people.setdefault(str(row.who), {}).update(properties_of(row))
        told.new = len(met - before.keys())
        told.changed = sum(before[who] != self.people[who] for who in met & before.keys())
        told.unchanged = len(met) - told.new - told.changed


def properties_of(row: SourceRow) -> dict[str, Any]:
    """An empty cell says nothing."""
    values = {"serial": row.serial, "note": row.note, "age": age_of(row)}
    return {key: value for key, value in values.items() if value is not None}


def event_of(row: SourceRow) -> Event:
    assert row.who is not None
    assert row.at_us is not None
    return Event(row.serial, row.who, row.name, row.note, age_of(row), row.at_us)


def age_of(row: SourceRow) -> float | None:
    return None if row.age is None else float(row.age)


def moment(micros: int) -> datetime.datetime:
    return datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(
        microseconds=micros
    )
