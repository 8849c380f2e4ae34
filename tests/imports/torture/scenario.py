"""What one import of the torture is, and what will befall its runs: all of it from the seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from imports.mapping import CURSOR_KINDS, EVENTS, KINDS, PROFILES, Mapping, Property
from tests.imports.torture.expected import Expected, Told
from tests.imports.torture.points import PLACES, points_of
from tests.imports.torture.source import Source, SourceRow
from tests.torture.magazine import DURING, Bullet
from tests.torture.storm import Blow

ROWS = (1_500, 3_000)
# So many bullets a troubled run; each point gets its turn.
DEALT = 3
EXPIRED = "there was an error operating on 'streams/1': session expired at 2026-11-22T10:00:00Z"
# What goes wrong at the warehouse; each of these passes, so that the run has no right to fail.
FAULTS: tuple[dict[str, Any], ...] = (
    {"operation": "bq.job.insert", "action": "fail_after_write", "status": 503},
    {"operation": "bq.job.insert", "action": "fail_after_write", "cut": True},
    {"operation": "bq.job.insert", "action": "reject", "status": 503},
    {"operation": "bq.job.run", "action": "reject", "status": 400, "reason": "jobBackendError"},
    {"operation": "bq.job.run", "action": "hold", "seconds": 1.5},
    {"operation": "bq.job.get", "action": "reject", "status": 503},
    {"operation": "bq.job.get", "action": "cut", "after_bytes": 40},
    {"operation": "bq.results", "action": "reject", "status": 503},
    {"operation": "bq.results", "action": "cut", "after_bytes": 40},
    {"operation": "bq.datasets.get", "action": "reject", "status": 500},
    {"operation": "bq.session.create", "action": "fail_after_write", "status": 503},
    {"operation": "bq.session.create", "action": "reject", "status": 429},
    {"operation": "token", "action": "reject", "status": 503},
    *(
        {"operation": "bq.read", "after_messages": messages, **how}
        for messages in (0, 1, 3)
        for how in (
            {"action": "cut"},
            {"action": "reject", "status": 503},
            {"action": "hold", "seconds": 1.5},
            {"action": "reject", "status": 412, "message": EXPIRED},
        )
    ),
)
# Before a run has read anything, only what happens in planning can hit it.
AT_FIRST = tuple(fault for fault in FAULTS if fault["operation"] != "bq.read")
BLOWS = ("kill", "kill", "pause", "flush", "double", "expire", "fault", "fault")


@dataclass(frozen=True)
class Stage:
    """One run: what was added to the table before it, what it has to tell, what befalls it."""

    added: Sequence[SourceRow]
    told: Told
    workers: int
    bullets: tuple[Bullet, ...]
    blows: tuple[Blow, ...]


@dataclass(frozen=True)
class Scenario:
    """One import. `stages` are made one after the other: `expected` stands where the last is."""

    seed: int
    number: int
    mapping: Mapping
    expected: Expected
    source: Source
    chance: random.Random
    calm_first: bool

    @property
    def label(self) -> str:
        kind = self.mapping.cursor_kind or "no cursor"
        return f"import {self.number} of seed {self.seed} ({self.mapping.kind}, {kind})"

    def first(self) -> Stage:
        rows = self.source.first_rows(self.chance.randint(*ROWS))
        return self._stage(rows, place=0, troubled=not self.calm_first)

    def second(self) -> Stage:
        rows = self.source.later_rows(self.expected.rows, self.expected.high_us)
        return self._stage(rows, place=1, troubled=True)

    def third(self) -> Stage:
        """Nothing was added, and nothing happens: it finds nothing new."""
        return self._stage([], place=2, troubled=False)

    def _stage(self, rows: Sequence[SourceRow], *, place: int, troubled: bool) -> Stage:
        return Stage(
            added=rows,
            told=self.expected.run(rows),
            workers=self.chance.randint(1, 3),
            bullets=self._bullets(place) if troubled else (),
            blows=self._blows() if troubled else (),
        )

    def _bullets(self, place: int) -> tuple[Bullet, ...]:
        """Each point in turn from a shuffled deck, and up to two at random."""
        points = points_of(self.mapping.kind, is_later=place > 0)
        deck = list(points)
        random.Random(f"{self.seed}-{place}").shuffle(deck)  # noqa: S311  (no secret hangs on it)
        # Of two neighbours one is of events and the other of profiles.
        turn = DEALT * (self.number // 2)
        dealt = [deck[(turn + each) % len(deck)] for each in range(DEALT)]
        dealt += self.chance.choices(deck, k=self.chance.randint(0, 2))
        return tuple(self._bullet(point, points[point]) for point in dealt)

    def _bullet(self, point: str, often: int) -> Bullet:
        name, _, when = point.partition(", ")
        most = PLACES[name].seconds if when == DURING else 0.0
        delay_s = self.chance.uniform(0.001, most) if most else 0.0
        return Bullet(point, self.chance.randint(1, often), delay_s)

    def _blows(self) -> tuple[Blow, ...]:
        kinds = self.chance.sample(BLOWS, self.chance.randint(2, 5))
        dealt = [self._blow(kind) for kind in kinds]
        return tuple(sorted(dealt, key=lambda blow: blow.at))

    def _blow(self, kind: str) -> Blow:
        at = self.chance.uniform(-0.3, 0.9)
        if kind != "fault":
            return Blow(at, kind, {})
        fault = self.chance.choice(AT_FIRST if at <= 0 and self.chance.random() < 0.6 else FAULTS)
        return Blow(min(at, 0.0), kind, {**fault, "times": self.chance.randint(1, 2)})


def scenario(seed: int, number: int) -> Scenario:
    """The same for the same seed and number."""
    chance = random.Random(f"{seed}-{number}-imports")  # noqa: S311  (as above)
    kind = KINDS[number % len(KINDS)]
    # Whose row is the later one, nobody could tell of people without a cursor.
    kinds = CURSOR_KINDS if kind == PROFILES else (*CURSOR_KINDS, "")
    cursor_kind = kinds[(number // 2 + chance.randrange(2)) % len(kinds)]
    about_people = kind == PROFILES
    return Scenario(
        seed=seed,
        number=number,
        mapping=mapping(kind, cursor_kind),
        expected=Expected(has_cursor=bool(cursor_kind), people=about_people),
        source=Source(chance, cursor_kind, people=about_people),
        chance=chance,
        calm_first=chance.random() < 0.3,
    )


def mapping(kind: str, cursor_kind: str) -> Mapping:
    of_events = {
        "created_on_column": "at",
        "created_on_format": "native",
        "event_name_column": "name",
    }
    return Mapping(
        kind=kind,
        identity_column="who",
        cursor_column="moved" if cursor_kind else "",
        cursor_kind=cursor_kind,
        properties=(
            Property("serial", "serial", "long"),
            Property("note", "note", "string"),
            Property("age", "age", "float"),
        ),
        **(of_events if kind == EVENTS else {}),
    )
