"""Remembers which one-time steps are behind us, so that the second start is quick."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


class Done:
    """A step is done for as long as what it was made from stays the same."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._steps = _read(file)

    def has(self, step: str, fingerprint: str) -> bool:
        return self._steps.get(step) == fingerprint

    def add(self, step: str, fingerprint: str) -> None:
        self._steps[step] = fingerprint
        self._file.write_text(json.dumps(self._steps, indent=2) + "\n")

    def remembered(self, name: str, value: str) -> str:
        """What was remembered under this name at an earlier start, else `value` from now on."""
        if name not in self._steps:
            self.add(name, value)
        return self._steps[name]

    def forget_all(self) -> None:
        self._steps = {}
        self._file.unlink(missing_ok=True)


def fingerprint(files: Iterable[Path]) -> str:
    """Changes when a file is added, removed, renamed or edited."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file).encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
