"""The scheduler and the workers of a torture, and the hand that deals with them from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from tests.processes import LIMIT_S, ROOT, Worker, manage
from tests.torture.magazine import Bullet

LOG_TAIL = 12_000
# Short, so that what a killed worker held is soon free; long enough for a busy machine.
LEASE = {"PARTNERS_LEASE_S": "1", "PARTNERS_HEARTBEAT_S": "0.3"}


class Crew:
    """Workers by process id."""

    def __init__(self, nursery: subprocess.Popen[str], log: IO[bytes], scheduler: Worker) -> None:
        self._nursery = nursery
        self._log = log
        self._scheduler = scheduler

    def has_scheduler(self) -> bool:
        return self._scheduler.process.poll() is None

    def start_worker(self, folder: Path, bullets: Sequence[Bullet]) -> int:
        """A worker that answers rings; the bullets of `folder` wait for it."""
        wanted = [asdict(bullet) for bullet in bullets]
        return int(self._ask(do="start", folder=str(folder), bullets=wanted))

    def kill(self, worker: int) -> bool:
        """False when it had ended by itself."""
        return bool(self._ask(do="signal", worker=worker, number=signal.SIGKILL))

    def pause(self, worker: int) -> bool:
        """Until `resume` it does nothing and knows nothing, as on a machine that hangs."""
        return bool(self._ask(do="signal", worker=worker, number=signal.SIGSTOP))

    def resume(self, worker: int) -> None:
        self._ask(do="signal", worker=worker, number=signal.SIGCONT)

    def send_home(self, workers: Iterable[int]) -> None:
        """Each ends when it has done what it is at."""
        for worker in workers:
            self._ask(do="signal", worker=worker, number=signal.SIGTERM)

    def ended(self) -> list[tuple[int, int]]:
        """Workers that have ended since the last time, with their exit codes."""
        return [(worker, code) for worker, code in self._ask(do="ended")]

    def ask_where(self, workers: Iterable[int]) -> None:
        """Each writes into the log what it is at."""
        for worker in workers:
            self._ask(do="signal", worker=worker, number=signal.SIGUSR2)

    def log_tail(self) -> str:
        """What the scheduler and the workers said last."""
        return "\n".join(
            Path(log.name).read_bytes()[-LOG_TAIL:].decode(errors="replace")
            for log in (self._scheduler.log, self._log)
        )

    def _ask(self, **order: Any) -> Any:
        assert self._nursery.stdin
        assert self._nursery.stdout
        self._nursery.stdin.write(json.dumps(order) + "\n")
        self._nursery.stdin.flush()
        answer = self._nursery.stdout.readline()
        assert answer, f"The nursery has ended: {self.log_tail()}"
        return json.loads(answer)


@contextmanager
def crew_at_work(environment: dict[str, str], *, points: str) -> Iterator[Crew]:
    """A scheduler ticks; workers come when they are started, and pass by the points of that module.
    All end with the block."""
    with ExitStack() as stack:
        log = stack.enter_context(tempfile.NamedTemporaryFile(prefix="partners-nursery-"))
        nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.nursery", points],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        stack.callback(_end, nursery)
        scheduler = stack.enter_context(manage("run_scheduler", environment=environment))
        yield Crew(nursery, log, scheduler)  # type: ignore[arg-type]  # a wrapper of a binary file


def _end(nursery: subprocess.Popen[str]) -> None:
    with nursery:
        assert nursery.stdin
        nursery.stdin.close()
        try:
            nursery.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            nursery.kill()
