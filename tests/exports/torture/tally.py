"""The counts of a torture of exports."""

from __future__ import annotations

from dataclasses import dataclass

from tests.exports.torture.scenario import Scenario
from tests.exports.torture.verdict import ExportVerdict
from tests.torture.tally import Tally


@dataclass
class ExportTally(Tally):
    """Besides, what the bucket was asked for."""

    uploads: int = 0
    names_taken: int = 0

    def add_run(self, scenario: Scenario, verdict: ExportVerdict, *, database: str) -> None:
        self.uploads += verdict.uploads
        self.names_taken += verdict.names_taken
        kind = f"{scenario.type}, {scenario.format}"
        self.count_run(scenario.label, verdict, kind=kind, database=database)
