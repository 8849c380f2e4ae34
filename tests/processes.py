"""The product's own processes, started on the test's database, queue and sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 60.0
LOG_LINES = 30


@dataclass(frozen=True)
class Worker:
    """A started command; `pid` leads a process group of its own."""

    command: str
    process: subprocess.Popen[bytes]
    log: IO[bytes]

    def kill(self) -> None:
        """As the kernel does when memory is short: the whole group, at once, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT_S)


_RUNNING: list[Worker] = []


@contextmanager
def manage(*arguments: str, environment: dict[str, str]) -> Iterator[Worker]:
    """`manage.py …` in the background; killed at the end."""
    with ExitStack() as stack:
        log = stack.enter_context(tempfile.NamedTemporaryFile(prefix="partners-worker-"))
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        command = " ".join(arguments)
        worker = Worker(command, process, log)  # type: ignore[arg-type]  # a wrapper of a binary file
        _RUNNING.append(worker)
        try:
            yield worker
        finally:
            _RUNNING.remove(worker)
            if process.poll() is None:
                worker.kill()


def environment_for_tests(queue_url: str) -> dict[str, str]:
    """What leads a process to this test's state. Leases are short, so that tests are."""
    return {
        "DJANGO_SETTINGS_MODULE": "clevertap_partners.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": queue_url,
        "PARTNERS_SANDBOX_URL": settings.SANDBOX_URL,
        "PARTNERS_SANDBOX_GRPC_PORT": settings.GOOGLE_BIGQUERY_STORAGE_ADDRESS.rpartition(":")[2],
        "PARTNERS_LAKE_URL": str(settings.LAKE_URL),
        "PARTNERS_SCRATCH_DIR": str(settings.SCRATCH_DIR),
        "PARTNERS_VAR_DIR": str(settings.VAR_DIR),
        # A beat may wait for SQLite's lock: a lease that runs out under a live worker again and
        # again would be taken for one that kills workers.
        "PARTNERS_LEASE_S": "4",
        "PARTNERS_HEARTBEAT_S": "0.5",
        "PARTNERS_CLOCK_TOLERANCE_S": "0.5",
        "PARTNERS_SCHEDULER_TICK_S": "0.2",
    }


def database_url() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    # The host is a folder when the server listens in one only (tests/postgres.py).
    user, password, host = (quote(facts[each], safe="") for each in ("USER", "PASSWORD", "HOST"))
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    return f"postgres://{user}:{password}@{host}{port}/{facts['NAME']}"


def wait_until(condition: Callable[[], object], what: str, *, limit_s: float = LIMIT_S) -> None:
    """Look again and again, until the limit; then fail with `what` was waited for."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {limit_s:.0f} s in vain: {what}\n{what_workers_say()}")
        time.sleep(0.05)


def what_workers_say() -> str:
    """The last lines of every worker that was started and not left yet."""
    return "\n".join(
        f"--- {worker.command} (exit {worker.process.poll()}):\n"
        + "\n".join(Path(worker.log.name).read_text(errors="replace").splitlines()[-LOG_LINES:])
        for worker in _RUNNING
    )
