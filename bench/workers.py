"""Real workers on a database of their own: they claim days, write them, finish the run.

The bucket is one without a network. `python -m bench.workers prepare|work` are the processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.runner import LIMIT_S, ROOT, Failed

IDLE_S = 0.01
ACCOUNT = 100000000
PARTNER = "google-cloud"
DAYS = 10


def export_seconds(lake: Path, *, workers: int, folder: Path) -> float:
    """From the word go until all days are exported, with that many workers, a core each."""
    with tempfile.TemporaryDirectory(dir=folder) as state, ExitStack() as stack:
        environment = _environment(lake, Path(state))
        _prepare(environment)
        cores = sorted(os.sched_getaffinity(0))[:workers]
        if len(cores) < workers:
            raise Failed(f"{workers} workers need as many cores, and there are {len(cores)}")
        crew = [stack.enter_context(_worker(core, environment)) for core in cores]
        for worker in crew:
            _expect(worker, "ready")
        started = time.perf_counter()
        for worker in crew:
            _tell(worker)
        for worker in crew:
            _expect(worker, "done")
        return time.perf_counter() - started


def _prepare(environment: dict[str, str]) -> None:
    done = subprocess.run(
        _command("prepare"),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    if done.returncode:
        raise Failed(f"no database for the workers:\n{done.stderr[-3000:]}")


def _environment(lake: Path, state: Path) -> dict[str, str]:
    events = state / "lake" / str(ACCOUNT) / "events"
    events.parent.mkdir(parents=True)
    events.symlink_to(lake, target_is_directory=True)
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "clevertap_partners.settings",
        "DATABASE_URL": f"sqlite:///{state / 'bench.sqlite3'}",
        "PARTNERS_VAR_DIR": str(state),
        "PARTNERS_SCRATCH_DIR": str(state / "scratch"),
        "PARTNERS_LAKE_URL": str(state / "lake"),
        # Nobody listens there: rings are lost, and the workers look into the database anyway.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LOG_LEVEL": "ERROR",
    }


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "bench.workers", *words]


@contextmanager
def _worker(core: int, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        _command("work", str(core)),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    # Whoever waits for a word of it then reads the end of its output.
    watchdog = threading.Timer(LIMIT_S, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def _expect(worker: subprocess.Popen[str], word: str) -> None:
    assert worker.stdout is not None
    said = worker.stdout.readline().strip()
    if said != word:
        raise Failed(f"a worker said {said or 'nothing'}, not {word}")


def _tell(worker: subprocess.Popen[str]) -> None:
    assert worker.stdin is not None
    worker.stdin.write("go\n")
    worker.stdin.flush()


def prepare() -> None:
    """A database with one account and its export of all days."""
    import django  # noqa: PLC0415  (the settings come from the environment of this process only)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from bench import accounts  # noqa: PLC0415

    call_command("migrate", "--no-input", verbosity=0)
    accounts.make_export()


def work(core: int) -> None:
    """Take steps until the export is done, as a worker does between rings."""
    os.sched_setaffinity(0, {core})
    import django  # noqa: PLC0415

    django.setup()
    from bench import accounts  # noqa: PLC0415
    from exports.work import take_step  # noqa: PLC0415

    accounts.use_bucket_without_network()
    _say("ready")
    sys.stdin.readline()
    until = time.monotonic() + LIMIT_S
    while not accounts.is_done():
        assert time.monotonic() < until, "the export was not done in time"
        if not take_step():
            time.sleep(IDLE_S)
    _say("done")


def _say(word: str) -> None:
    print(word, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        work(int(sys.argv[2]))
