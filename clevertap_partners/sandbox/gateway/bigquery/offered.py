"""All of BigQuery in the gateway, put together; and which REST call is which operation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from clevertap_partners.sandbox.gateway.bigquery.access import Access
from clevertap_partners.sandbox.gateway.bigquery.datasets import Datasets
from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator
from clevertap_partners.sandbox.gateway.bigquery.job_store import JobStore
from clevertap_partners.sandbox.gateway.bigquery.jobs import Jobs
from clevertap_partners.sandbox.gateway.bigquery.owner import OwnerDatasets
from clevertap_partners.sandbox.gateway.bigquery.plan import Planner
from clevertap_partners.sandbox.gateway.bigquery.reading import HOST, Reading
from clevertap_partners.sandbox.gateway.bigquery.rows import Rows
from clevertap_partners.sandbox.gateway.bigquery.runner import Runner
from clevertap_partners.sandbox.gateway.faults import Faults
from clevertap_partners.sandbox.gateway.journal import Journal
from clevertap_partners.sandbox.gateway.routes import Route
from clevertap_partners.sandbox.gateway.state import Store

_PROJECT = r"/bigquery/v2/projects/([^/]+)"
_DATASET = rf"{_PROJECT}/datasets/([^/]+)"
_TABLE = rf"{_DATASET}/tables/([^/:]+)"


class BigQuery:
    """Nothing of it runs before it is first called, or `start` is."""

    def __init__(
        self,
        store: Store,
        faults: Faults,
        journal: Journal,
        *,
        folder: Path,
        grpc_port: int,
        ended: Callable[[str], None],
    ) -> None:
        access = Access(store)
        self._grpc_port = grpc_port
        self._store = store
        self.emulator = Emulator(folder, ended=ended)
        planner = Planner(store, access, self.emulator)
        rows = Rows(self.emulator)
        self._job_store = JobStore(folder / "jobs.sqlite3")
        runner = Runner(store, self._job_store, planner, access, faults)
        self._jobs = Jobs(store, access, self.emulator, planner, self._job_store, runner, rows)
        self._datasets = Datasets(store, access, self.emulator, planner.sizes, rows)
        self.reading = Reading(store, access, self.emulator, faults, journal)
        self.owner = OwnerDatasets(store, self.emulator, planner, rows)
        self._lock = threading.Lock()

    def routes(self) -> list[Route]:
        jobs, datasets = self._jobs, self._datasets
        return [
            ("GET", r"/bigquery/v2/projects", "bq.projects.list", datasets.projects),
            ("GET", rf"{_PROJECT}/serviceAccount", "bq.project", datasets.service_account),
            ("POST", rf"{_PROJECT}/jobs", "bq.job.insert", jobs.insert),
            ("GET", rf"{_PROJECT}/jobs", "bq.jobs.list", jobs.listing),
            ("GET", rf"{_PROJECT}/jobs/([^/]+)", "bq.job.get", jobs.get),
            ("POST", rf"{_PROJECT}/jobs/([^/]+)/cancel", "bq.job.cancel", jobs.cancel),
            ("POST", rf"{_PROJECT}/queries", "bq.query", jobs.query),
            ("GET", rf"{_PROJECT}/queries/([^/]+)", "bq.results", jobs.results),
            ("GET", rf"{_PROJECT}/datasets", "bq.datasets.list", datasets.listing),
            ("GET", _DATASET, "bq.datasets.get", datasets.get),
            ("GET", rf"{_DATASET}/tables", "bq.tables.list", datasets.tables),
            ("GET", _TABLE, "bq.tables.get", datasets.table),
            ("GET", rf"{_TABLE}/data", "bq.data.list", datasets.data),
            (
                "POST",
                rf"{_TABLE}:testIamPermissions",
                "bq.tables.permissions",
                datasets.test_permissions,
            ),
        ]

    def begin(self) -> None:
        """Listen, and begin to start the emulator."""
        self.reading.start(self._grpc_port)
        self.emulator.start()

    def start(self) -> str:
        """Everything runs; the address of the Storage Read API."""
        with self._lock:
            self.begin()
            self.emulator.wait()
        return f"{HOST}:{self.reading.port}"

    def reset(self) -> None:
        """Before the store forgets: it knows which datasets there are."""
        if self.emulator.is_started:
            self.owner.forget_all()
        self._job_store.clear()
        self.reading.forget()

    def close(self) -> None:
        self.reading.stop()
        self.emulator.close()
        self._job_store.close()
