"""The counts of a torture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Verdict:
    """What was lost and doubled, and every other promise that was broken, in words."""

    expected: int = 0
    lost: int = 0
    doubled: int = 0
    broken: list[str] = field(default_factory=list)


@dataclass
class Tally:
    """What was done to the runs, and what came of it; `failures` is empty when all is well."""

    runs: int = 0
    kills: int = 0
    faults: int = 0
    rows_expected: int = 0
    rows_lost: int = 0
    rows_doubled: int = 0
    blows: Counter[str] = field(default_factory=Counter)
    kill_points: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    databases: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def count_run(self, label: str, verdict: Verdict, *, kind: str, database: str) -> None:
        self.runs += 1
        self.kinds[kind] += 1
        self.databases[database] += 1
        self.rows_expected += verdict.expected
        self.rows_lost += verdict.lost
        self.rows_doubled += verdict.doubled
        counts = {"rows lost": verdict.lost, "rows doubled": verdict.doubled}
        broken = [f"{count} {what}" for what, count in counts.items() if count] + verdict.broken
        self.failures += [f"{label}: {what}" for what in broken]

    def add_kills(self, points: Sequence[str]) -> None:
        self.kills += len(points)
        self.kill_points.update(points)

    def report(self) -> dict[str, Any]:
        # `asdict` makes something else of a Counter.
        return {
            name: dict(value) if isinstance(value, Counter) else value
            for name, value in vars(self).items()
        }
