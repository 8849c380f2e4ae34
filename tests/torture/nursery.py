"""`python -m tests.torture.nursery POINTS`: has loaded all that a worker needs, and forks workers.

POINTS is the module that knows what to load (HEAVY) and where workers die (arm). Orders come a line
each, as {"do": "start", …}, and are answered with a line. The workers end with the nursery.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from tests.torture.magazine import Bullet, Magazine

PR_SET_PDEATHSIG = 1
WHERE = signal.SIGUSR2
# A word to go home that comes as a worker begins to wait for work is heard when it has waited; RQ
# waits for 15 seconds less than this.
WORKER_TTL_S = 20


class Nursery:
    """Workers by process id, from their start until `ended` has told of their end."""

    def __init__(self, arm: Callable[[Magazine], None]) -> None:
        self._arm = arm
        self._workers: set[int] = set()

    def answer(self, order: dict[str, Any]) -> Any:
        match order["do"]:
            case "start":
                return self._start(Path(order["folder"]), order["bullets"])
            case "signal":
                return self._signal(order["worker"], order["number"])
        return self._ended()

    def _start(self, folder: Path, bullets: list[dict[str, Any]]) -> int:
        worker = os.fork()
        if not worker:
            live(Magazine(folder, [Bullet(**bullet) for bullet in bullets]), self._arm)
        self._workers.add(worker)
        return worker

    def _signal(self, worker: int, number: int) -> bool:
        """False when it has ended. Who is not yet waited for keeps its id: no other is hit."""
        if worker in self._workers:
            os.kill(worker, number)
        return worker in self._workers

    def _ended(self) -> list[tuple[int, int]]:
        """Workers that have ended since the last time, with their exit codes."""
        ended = []
        for worker in sorted(self._workers):
            found, status = os.waitpid(worker, os.WNOHANG)
            if found:
                self._workers.discard(worker)
                ended.append((worker, os.waitstatus_to_exitcode(status)))
        return ended

    def end(self) -> None:
        for worker in self._workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)


def live(magazine: Magazine, arm: Callable[[Magazine], None]) -> None:
    """Be a worker, to the end."""
    from django_rq.workers import get_worker  # noqa: PLC0415  (needs settings)

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(2, 1)  # the nursery's own answers go that way
    random.seed()
    # For whoever wants to know where a worker that does not get on is.
    faulthandler.register(WHERE, all_threads=True)
    code = 1
    try:
        arm(magazine)
        worker = get_worker("default", worker_class="rq.SimpleWorker", worker_ttl=WORKER_TTL_S)
        worker.work(logging_level="WARNING")
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def main() -> None:
    django.setup()
    points = import_module(sys.argv[1])
    for module in points.HEAVY:
        import_module(module)
    nursery = Nursery(points.arm)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(nursery.answer(json.loads(line))) + "\n")
        sys.stdout.flush()
    nursery.end()


if __name__ == "__main__":
    main()
