"""The product's own worker processes are killed, the queue is flushed: the result is the same.

See test_torture.py for everything else that can happen to them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from django.db import connection as database
from redis import Redis

from exports.models import Export, ExportFile, ExportUnit
from integrations.models import Connection
from tests.lakes import event
from tests.processes import Worker, environment_for_tests, manage, wait_until
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

Make = Callable[..., Export]
Load = Callable[..., None]

EVENTS = [
    event(name, at=at + 86_400 * day, evtData={"n": at, "of": name})
    for day in (-2, -1, 0)
    for name in ("A", "B", "C", "D")
    for at in range(50)
]
# Small files, so that there are many places to be killed at.
MAX_BYTES = 2_000
TEN_MINUTES_FAST = """
import datetime, time_machine
wrong = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=10)
time_machine.travel(wrong, tick=True).start()
"""
# Some heartbeats long.
LOCKED_S = 2.0


class Crew:
    """A scheduler and workers. Nobody but the test ever replaces a killed worker."""

    def __init__(self, stack: ExitStack, environment: dict[str, str]) -> None:
        self._stack = stack
        self._environment = environment

    def start_scheduler(self) -> Worker:
        return self._start("run_scheduler")

    def start_worker(self, **environment: str) -> Worker:
        return self._start("rqworker", "default", **environment)

    def _start(self, *arguments: str, **environment: str) -> Worker:
        known = self._environment | environment
        return self._stack.enter_context(manage(*arguments, environment=known))


@pytest.fixture
def queue(valkey: str) -> Redis:
    client = Redis.from_url(valkey, socket_timeout=5)
    client.flushall()
    return client


@pytest.fixture
def crew(queue: Redis, valkey: str, sandbox: Sandbox) -> Iterator[Crew]:
    with ExitStack() as stack:
        yield Crew(stack, environment_for_tests(valkey))


@pytest.fixture
def export(
    connection: Connection,
    load: Load,
    make_export: Make,
    settings: object,
    monkeypatch: pytest.MonkeyPatch,
) -> Export:
    """Saved, but nobody was rung: the scheduler finds it in the database."""
    monkeypatch.setattr("django.conf.settings.EXPORT_FILE_MAX_BYTES", MAX_BYTES)
    monkeypatch.setattr("clevertap_partners.core.queue.ring", lambda *_: None)
    load(EVENTS)
    return make_export(connection)


def status(export: Export) -> str:
    export.refresh_from_db()
    assert not export.trouble_code, export.trouble_message
    return export.status


def stored() -> int:
    return ExportFile.objects.filter(stored_at__isnull=False).count()


def assert_complete(sandbox: Sandbox, export: Export) -> None:
    """Every event once; every object in the ledger and every file of the ledger in the bucket."""
    names = sandbox.names("exports")
    run = export.runs.get()
    files = [name for name in names if name != f"{run}-manifest.json"]
    records = Counter(
        line for name in files for line in sandbox.read("exports", name).splitlines()[1:]
    )
    assert records.total() == len(records) == len(EVENTS)
    assert sorted(files) == sorted(run.files.values_list("name", flat=True))
    assert f"{run}-manifest.json" in names


def test_an_export_survives_a_worker_killed_in_the_middle_of_an_upload(
    export: Export, crew: Crew, sandbox: Sandbox
) -> None:
    crew.start_scheduler()
    first = crew.start_worker()
    wait_until(lambda: stored() >= 10, "files of the first worker")
    sandbox.add_fault(operation="insert", action="hold", seconds=5, times=4)
    wait_until(lambda: not sandbox.console.faults(), "uploads that hang")
    first.kill()
    before = stored()
    assert status(export) == "running"
    crew.start_worker()
    wait_until(lambda: status(export) == "done", "the second worker to finish")
    assert stored() > before
    assert_complete(sandbox, export)


def test_an_export_survives_a_flushed_queue(
    export: Export, crew: Crew, sandbox: Sandbox, queue: Redis
) -> None:
    crew.start_scheduler()
    crew.start_worker()
    wait_until(lambda: stored() >= 5, "first files")
    queue.flushall()
    wait_until(lambda: status(export) == "done", "the export to be done")
    assert_complete(sandbox, export)


def test_an_export_survives_a_database_that_is_restarted(
    export: Export, crew: Crew, sandbox: Sandbox
) -> None:
    """On PostgreSQL every connection breaks; SQLite is locked for a while."""
    crew.start_scheduler()
    crew.start_worker()
    for files in (8, 16):
        wait_until(lambda files=files: stored() >= files, f"{files} files")
        interrupt_database()
    wait_until(lambda: status(export) == "done", "the export")
    assert_complete(sandbox, export)


def test_a_worker_whose_clock_is_off_leaves_the_work_to_the_others(
    export: Export, crew: Crew, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Its leases would end late, and it would take everybody else's for over."""
    (tmp_path / "sitecustomize.py").write_text(TEN_MINUTES_FAST)
    crew.start_scheduler()
    wrong = crew.start_worker(PYTHONPATH=str(tmp_path))
    wait_until(lambda: "event=clock_is_off" in told_by(wrong), "it to notice")
    assert ExportUnit.objects.count() == 0
    crew.start_worker()
    wait_until(lambda: status(export) == "done", "the other worker")
    assert_complete(sandbox, export)
    assert "step_done" not in told_by(wrong)


def told_by(worker: Worker) -> str:
    return Path(worker.log.name).read_text()


def interrupt_database() -> None:
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.rowcount >= 2
        return
    with closing(sqlite3.connect(database.settings_dict["NAME"], isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        threading.Event().wait(LOCKED_S)
        writer.execute("ROLLBACK")
