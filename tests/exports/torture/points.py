"""Where workers die, and the bullets that wait for them there.

A bullet is for one point, as "record, after", and for the n-th time that any worker of the run
comes by. The workers share them through a folder: each who comes by adds a byte to the point's
file; whoever then manages to create the bullet's own file is the one who dies.
"""

from __future__ import annotations

import functools
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

BEFORE, DURING, AFTER = "before", "during", "after"
# Calls that are watched, by module, name, and how often a run usually comes by.
CALLS = {
    "plan": ("exports.steps", "pin_content", 1),
    "unit": ("exports.steps", "unit_plan", 3),
    "finish": ("exports.steps", "manifest_files", 1),
    "claim": ("clevertap_partners.core.work", "claim", 5),
    "update lease": ("clevertap_partners.core.lease", "Lease.update", 4),
    "release lease": ("clevertap_partners.core.lease", "Lease.release", 4),
    "find": ("exports.ledger", "OrmLedger.find", 20),
    "intend": ("exports.ledger", "OrmLedger.intend", 20),
    "record": ("exports.ledger", "OrmLedger.record", 20),
    "withdraw": ("exports.ledger", "OrmLedger.withdraw", 1),
    "upload": ("integrations.partners.gcs.sink", "GcsSink.create", 20),
    "look": ("integrations.partners.gcs.sink", "GcsSink.look", 1),
    "listing": ("integrations.partners.gcs.sink", "GcsSink.listing", 1),
}
# Further points: the manifest is an upload of its own; whatever is written in SQL; each commit.
OTHERS = {"manifest": 1, "write": 40, "commit": 30}
POINTS = {
    f"{name}, {when}": often
    for name, often in ({name: call[2] for name, call in CALLS.items()} | OTHERS).items()
    for when in (BEFORE, AFTER)
} | {f"upload, {DURING}": 20, f"manifest, {DURING}": 1}


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


def arm(magazine: Magazine) -> None:
    """Make this process pass by the magazine's points from now on. There is no way back."""
    for name, (module, path, _) in CALLS.items():
        _wrap(module, path, _watched(name, magazine))
    _watch_database(magazine)


def _wrap(module: str, path: str, wrapper: Callable[[Any], Any]) -> None:
    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, import_module(module))
    setattr(owner, name, wrapper(getattr(owner, name)))


def _watched(name: str, magazine: Magazine) -> Callable[[Any], Any]:
    def wrap(call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def passing(*args: Any, **kwargs: Any) -> Any:
            point = "manifest" if name == "upload" and _is_manifest(args[1]) else name
            magazine.pass_by(f"{point}, {BEFORE}")
            magazine.pass_by(f"{point}, {DURING}")
            result = call(*args, **kwargs)
            if name == "listing":
                result = iter(list(result))  # its calls are made as it is read
            magazine.pass_by(f"{point}, {AFTER}")
            return result

        return passing

    return wrap


def _is_manifest(new: Any) -> bool:
    return str(new.name).endswith("-manifest.json")


def _watch_database(magazine: Magazine) -> None:
    from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: PLC0415  (needs settings)
    from django.db.backends.signals import connection_created  # noqa: PLC0415  (as above)

    def execute(call: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("INSERT", "UPDATE", "DELETE")):
            return call(sql, params, many, context)
        magazine.pass_by(f"write, {BEFORE}")
        result = call(sql, params, many, context)
        magazine.pass_by(f"write, {AFTER}")
        return result

    def watch(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(execute)

    connection_created.connect(watch, weak=False)
    _wrap(
        BaseDatabaseWrapper.__module__, "BaseDatabaseWrapper._commit", _watched("commit", magazine)
    )
