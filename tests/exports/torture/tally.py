"""The counts of a torture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.exports.torture.scenario import Scenario
from tests.exports.torture.verdict import Verdict


@dataclass
class Tally:
    """What was done to the runs, and what came of it; `failures` is empty when all is well."""

    runs: int = 0
    kills: int = 0
    faults: int = 0
    rows_expected: int = 0
    rows_lost: int = 0
    rows_doubled: int = 0
    uploads: int = 0
    names_taken: int = 0
    blows: Counter[str] = field(default_factory=Counter)
    kill_points: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    databases: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add_run(self, scenario: Scenario, verdict: Verdict, *, database: str) -> None:
        self.runs += 1
        self.kinds[f"{scenario.type}, {scenario.format}"] += 1
        self.databases[database] += 1
        self.rows_expected += verdict.expected
        self.rows_lost += verdict.lost
        self.rows_doubled += verdict.doubled
        self.uploads += verdict.uploads
        self.names_taken += verdict.names_taken
        counts = {"rows lost": verdict.lost, "rows doubled": verdict.doubled}
        broken = [f"{count} {what}" for what, count in counts.items() if count] + verdict.broken
        self.failures += [f"{scenario.label}: {what}" for what in broken]

    def add_kills(self, points: list[str]) -> None:
        self.kills += len(points)
        self.kill_points.update(points)

    def report(self) -> dict[str, Any]:
        # `asdict` makes something else of a Counter.
        return {
            name: dict(value) if isinstance(value, Counter) else value
            for name, value in vars(self).items()
        }
