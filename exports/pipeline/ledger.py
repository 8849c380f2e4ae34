"""[pure] The ledger: what is written, so that nothing is lost and nothing written twice."""

from __future__ import annotations

from typing import Protocol

from clevertap_partners.core.objects import StoredObject
from exports.pipeline.roll import RolledFile


class Ledger(Protocol):
    """One unit's files in the database. Every method raises LeaseLost when the claim is gone."""

    def find(self, name: str) -> StoredObject | None:
        """The file as it was stored earlier, by this worker or the one before it."""

    def intend(self, file: RolledFile) -> bool:
        """Note that `file` is about to be created; True if an earlier claim had noted the same."""

    def withdraw(self, file: RolledFile) -> None:
        """Forget the note of `intend`: the name was taken before, so it would prove nothing."""

    def record(self, file: RolledFile, stored: StoredObject) -> None:
        """Note that the bucket holds `file`."""
