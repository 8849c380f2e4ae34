"""Follows a child's log file and picks the lines that a person should see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ERROR = re.compile(
    r"level=(error|critical)|\[(ERROR|CRITICAL)\]|^(CommandError|[\w.]*(Error|Exception)): "
)
CHUNK_BYTES = 256_000


class LogTail:
    """Reads what was added since it was made."""

    def __init__(self, log: Path, *, everything: bool) -> None:
        self._log = log
        self._everything = everything
        self._position = log.stat().st_size
        self._part = b""

    def new_lines(self) -> Iterator[str]:
        """Whole lines worth showing. All of them with `everything`, else only errors."""
        for line in self._read():
            if line.strip() and (self._everything or ERROR.search(line)):
                yield line

    def _read(self) -> list[str]:
        with self._log.open("rb") as file:
            file.seek(self._position)
            added = file.read(CHUNK_BYTES)
        self._position += len(added)
        *whole, self._part = (self._part + added).split(b"\n")
        return [line.decode(errors="replace") for line in whole]


def last_lines(log: Path, count: int = 12) -> str:
    """The end of the log, for a message about a child that failed."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8_000))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])
