"""The last calls of Google's API: who asked for what, with which rights, and what it changed."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from clevertap_partners.sandbox.gateway.messages import Request

LENGTH = 5_000


@dataclass(frozen=True)
class Entry:
    time: float
    method: str
    path: str
    operation: str
    status: int
    caller: str
    permissions: tuple[str, ...]
    changes: tuple[str, ...]


class Journal:
    """Kept in memory: it answers questions of tests, not of history. Status 0 is a cut."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=LENGTH)

    def add(self, request: Request, *, status: int, now: float) -> None:
        self._entries.append(
            Entry(
                now,
                request.method,
                request.path,
                request.operation,
                status,
                request.caller,
                tuple(request.permissions),
                tuple(request.changes),
            )
        )

    def entries(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        self._entries.clear()
