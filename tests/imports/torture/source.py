"""Random rows of a table, and the SQL that puts them there."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from imports.mapping import DATE, EPOCH_MS, EPOCH_S, TIMESTAMP

DAY_US = 86_400_000_000
BORN_US = int(datetime.datetime(2024, 9, 1, tzinfo=datetime.UTC).timestamp()) * 1_000_000
# Later than any run of a test.
FUTURE_US = int(datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC).timestamp()) * 1_000_000
NOTES = ("plain", "a, b", '"quoted"', "<b>&c</b>", "कार्ट 🛒", "0012", " blank ", "NaN")
NAMES = ("Order Placed", "Charged", "🛒 cart", "Order placed")
BAD_PART = 0.02
# How fine each kind of cursor counts, in microseconds.
GRAINS = {TIMESTAMP: 1, EPOCH_MS: 1_000, EPOCH_S: 1_000_000, DATE: DAY_US}
_TYPES = {TIMESTAMP: "TIMESTAMP", EPOCH_MS: "INT64", EPOCH_S: "INT64", DATE: "DATE"}
_NULL = "~"


@dataclass(frozen=True)
class SourceRow:
    """`moved_us` is where the row stands at the cursor. A bad row may not be imported."""

    serial: int
    who: str | None
    name: str
    note: str
    age: str | None
    at_us: int | None
    moved_us: int | None
    is_bad: bool = False


class Source:
    """Makes rows, each with a serial of its own. No person stands twice at one place of the cursor:
    which row were the later one?"""

    def __init__(self, chance: random.Random, cursor_kind: str, *, people: bool) -> None:
        self._chance = chance
        self._kind = cursor_kind
        self._grain = GRAINS.get(cursor_kind, 1)
        self._people = people
        self._taken: set[tuple[str, int | None]] = set()
        self._serial = 0

    def first_rows(self, count: int) -> list[SourceRow]:
        places = self.places(0, count // 4)
        rows = [self.row(self._chance.choice(places)) for _ in range(count)]
        rows += [self.row(places[-1]) for _ in range(self._chance.randint(3, 30))]
        rows += self.odd_rows(8)
        rows += self._chance.sample(rows, count // 100)
        self._chance.shuffle(rows)
        return rows

    def later_rows(self, before: Sequence[SourceRow], high_us: int | None) -> list[SourceRow]:
        """News: some at the very place of the highest cursor, some before it, where none looks."""
        chance = self._chance
        start_us = 0 if high_us is None else high_us - BORN_US
        places = self.places(start_us, 40)
        rows = [self.row(chance.choice(places)) for _ in range(chance.randint(80, 400))]
        rows += [self.row(high_us) for _ in range(chance.randint(1, 20))]
        rows += self.odd_rows(4)
        if self._kind:
            rows += [self.row(BORN_US - self._grain) for _ in range(5)]
        if self._people:
            rows += [self._touched(row, places) for row in chance.sample(self._usual(before), 15)]
        # The same again, once more than before.
        again = [row for row in before if row.moved_us in {None, high_us}]
        rows += chance.sample(again, min(4, len(again)))
        chance.shuffle(rows)
        return rows

    def places(self, start_us: int, count: int) -> list[int | None]:
        """Where rows stand, in order; few for days."""
        if not self._kind:
            return [None]
        span = 30 * self._grain if self._kind == DATE else 40 * DAY_US
        found = {start_us + self._chance.randrange(self._grain, span + 1) for _ in range(count)}
        return [BORN_US + place // self._grain * self._grain for place in sorted(found)]

    def odd_rows(self, count: int) -> list[SourceRow]:
        """Without a cursor, and with one in the future; of people who are in no other row."""
        if not self._kind:
            return []
        futures = [FUTURE_US + DAY_US * self._chance.randrange(4) for _ in range(count)]
        rows = [self.row(place) for place in [*futures, *[None] * count]]
        return [row if row.is_bad else replace(row, who=f"odd-{row.serial}") for row in rows]

    def row(self, moved_us: int | None) -> SourceRow:
        chance = self._chance
        self._serial += 1
        at_us = BORN_US + chance.randrange(3 * DAY_US)
        row = SourceRow(
            serial=self._serial,
            who=self._somebody(moved_us),
            name=chance.choice(NAMES),
            note=chance.choice(NOTES),
            age=chance.choice((None, str(self._serial), f"{self._serial}.5")),
            at_us=at_us,
            moved_us=moved_us,
        )
        return self._spoilt(row) if chance.random() < BAD_PART else row

    def _somebody(self, moved_us: int | None) -> str:
        who = f"u-{self._chance.randrange(1_500)}"
        if (who, moved_us) in self._taken:
            who = f"new-{self._serial}"
        self._taken.add((who, moved_us))
        return who

    def _spoilt(self, row: SourceRow) -> SourceRow:
        """Each in one way only."""
        ways = [{"who": None}, {"who": "   "}, {"who": "N/A"}, {"age": "heavy"}]
        if not self._people:
            ways += [{"at_us": None}, {"at_us": BORN_US - 30 * 365 * DAY_US}]
        return replace(row, **self._chance.choice(ways), is_bad=True)  # type: ignore[arg-type]  # texts and numbers

    def _usual(self, rows: Sequence[SourceRow]) -> list[SourceRow]:
        return [row for row in rows if row.who and row.who[0] in "un" and not row.is_bad]

    def _touched(self, row: SourceRow, places: Sequence[int | None]) -> SourceRow:
        """Said again later, with nothing new."""
        moved_us = self._chance.choice(places)
        if (str(row.who), moved_us) in self._taken:
            return self.row(moved_us)
        self._taken.add((str(row.who), moved_us))
        return replace(row, moved_us=moved_us)


def create_sql(table: str, cursor_kind: str) -> str:
    return (
        f"CREATE TABLE {table} (serial INT64, who STRING, name STRING, note STRING, age STRING, "
        f"at TIMESTAMP, moved {_TYPES.get(cursor_kind, 'INT64')})"
    )


def insert_sql(table: str, cursor_kind: str, rows: Sequence[SourceRow]) -> str:
    """One text that the statement takes apart: thousands of VALUES take minutes to parse."""
    lines = ";".join("|".join(_fields(row, cursor_kind)) for row in rows)
    places = [f"NULLIF(f[OFFSET({place})], '{_NULL}')" for place in range(7)]
    moved = {TIMESTAMP: f"TIMESTAMP_MICROS(CAST({places[6]} AS INT64))"}.get(
        cursor_kind, f"CAST({places[6]} AS {_TYPES.get(cursor_kind, 'INT64')})"
    )
    return (
        f"INSERT INTO {table} SELECT CAST({places[0]} AS INT64), {', '.join(places[1:5])}, "
        f"TIMESTAMP_MICROS(CAST({places[5]} AS INT64)), {moved} "
        f"FROM (SELECT SPLIT(line, '|') AS f FROM UNNEST(SPLIT('{lines}', ';')) AS line)"
    )


def _fields(row: SourceRow, cursor_kind: str) -> list[str]:
    values = [row.serial, row.who, row.name, row.note, row.age, row.at_us]
    return [_NULL if value is None else str(value) for value in [*values, _moved(row, cursor_kind)]]


def _moved(row: SourceRow, cursor_kind: str) -> int | str | None:
    if row.moved_us is None:
        return None
    if cursor_kind == DATE:
        return str(datetime.date.fromordinal(719_163 + row.moved_us // DAY_US))
    return row.moved_us // GRAINS[cursor_kind]
