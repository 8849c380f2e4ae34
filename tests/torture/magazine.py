"""The bullets that wait for workers, and which of them have hit.

A bullet is for one point, as "record, after", and for the n-th time that any worker of the run
comes by. The workers share them through a folder: each who comes by adds a byte to the point's
file; whoever then manages to create the bullet's own file is the one who dies.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BEFORE, DURING, AFTER = "before", "during", "after"


@dataclass(frozen=True)
class Bullet:
    """Kills the worker that is the `nth` to come by; during a call `delay_s` after it began."""

    point: str
    nth: int
    delay_s: float = 0.0


class Magazine:
    """The bullets of one run in a folder that all its workers see."""

    def __init__(self, folder: Path, bullets: Sequence[Bullet]) -> None:
        self._folder = folder
        self._bullets = bullets
        self._points = {bullet.point for bullet in bullets}

    def fired(self) -> list[str]:
        """The points of the bullets that have hit."""
        return [
            bullet.point
            for number, bullet in enumerate(self._bullets)
            if self._mark(number).exists()
        ]

    def pass_by(self, point: str) -> None:
        """Die here, if a bullet has waited for it."""
        if bullet := self._hit(point):
            threading.Timer(bullet.delay_s, die).start() if bullet.delay_s else die()

    def _hit(self, point: str) -> Bullet | None:
        if point not in self._points:
            return None
        passed = self._count(point)
        for number, bullet in enumerate(self._bullets):
            if bullet.point == point and passed >= bullet.nth and self._take(number):
                return bullet
        return None

    def _count(self, point: str) -> int:
        passed = os.open(self._folder / f"{point}.passed", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(passed, b".")
            return os.fstat(passed).st_size
        finally:
            os.close(passed)

    def _take(self, number: int) -> bool:
        try:
            os.close(os.open(self._mark(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def _mark(self, number: int) -> Path:
        return self._folder / f"{number}.fired"


def die() -> None:
    """As the kernel does it when memory is short: at once, without a word."""
    os.kill(os.getpid(), signal.SIGKILL)
