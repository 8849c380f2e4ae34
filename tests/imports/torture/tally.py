"""The counts of a torture of imports."""

from __future__ import annotations

from dataclasses import dataclass

from tests.torture.tally import Tally


@dataclass
class ImportTally(Tally):
    """Besides, what the runs of the imports told, and how often they had to begin anew."""

    runs_of_imports: int = 0
    rows_read: int = 0
    rows_imported: int = 0
    rows_failed: int = 0
    rows_known: int = 0
    begun_anew: int = 0
