"""Jobs as the sandbox remembers them, over restarts too: a row each, unique by its reference."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clevertap_partners.sandbox.gateway.bigquery.refusals import refused

Json = dict[str, Any]
_INTERRUPTED = {
    "reason": "backendError",
    "message": "The job encountered an error during execution. Retrying the job may solve the "
    "problem.",
}


@dataclass
class Job:
    """`error` has reason and message; `destination` is where the result is: the three names."""

    project: str
    location: str
    id: str
    caller: str
    created: float
    config: Json
    state: str = "RUNNING"
    kind: str = ""
    started: float = 0.0
    ended: float = 0.0
    bytes: int = 0
    rows: int = 0
    changed_rows: int | None = None
    tables: list[list[str]] = field(default_factory=list)
    destination: list[str] = field(default_factory=list)
    error: Json = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.project}:{self.location}.{self.id}"

    @property
    def is_done(self) -> bool:
        return self.state == "DONE"


class JobStore:
    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS jobs (project TEXT, location TEXT, id TEXT, created REAL, "
            "job TEXT, PRIMARY KEY (project, id, location))"
        )
        self._fail_interrupted()

    def add(self, job: Job) -> None:
        """Raises 409 when there is a job with this reference."""
        row = (job.project, job.location, job.id, job.created, json.dumps(asdict(job)))
        try:
            with self._locked() as database:
                database.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise refused("duplicate", f"Already Exists: Job {job.name}") from error

    def save(self, job: Job) -> None:
        keys = (json.dumps(asdict(job)), job.project, job.location, job.id)
        with self._locked() as database:
            database.execute(
                "UPDATE jobs SET job = ? WHERE project = ? AND location = ? AND id = ?", keys
            )

    def find(self, project: str, job_id: str, location: str = "") -> Job | None:
        """The job; without a location, the newest of that id."""
        query = "SELECT job FROM jobs WHERE project = ? AND id = ? AND (? IN ('', location))"
        with self._locked() as database:
            row = database.execute(
                f"{query} ORDER BY created DESC", (project, job_id, location.upper())
            ).fetchone()
        return Job(**json.loads(row[0])) if row else None

    def newest(self, project: str = "", count: int = 50) -> list[Job]:
        query = "SELECT job FROM jobs WHERE ? IN ('', project) ORDER BY created DESC LIMIT ?"
        with self._locked() as database:
            rows = database.execute(query, (project, count)).fetchall()
        return [Job(**json.loads(row[0])) for row in rows]

    def older_than(self, moment: float) -> list[Job]:
        query = "SELECT job FROM jobs WHERE created < ?"
        with self._locked() as database:
            rows = database.execute(query, (moment,)).fetchall()
        return [Job(**json.loads(row[0])) for row in rows]

    def remove(self, job: Job) -> None:
        query = "DELETE FROM jobs WHERE project = ? AND location = ? AND id = ?"
        with self._locked() as database:
            database.execute(query, (job.project, job.location, job.id))

    def clear(self) -> None:
        with self._locked() as database:
            database.execute("DELETE FROM jobs")

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _fail_interrupted(self) -> None:
        """What ran when the sandbox ended does not run any more."""
        for job in self.newest(count=1000):
            if not job.is_done:
                job.state, job.error = "DONE", _INTERRUPTED
                self.save(job)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._database
