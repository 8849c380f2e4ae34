"""Runs a job in a thread of its own, as Google does: the caller asks again how it goes."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

from clevertap_partners.sandbox.gateway.bigquery import sql
from clevertap_partners.sandbox.gateway.bigquery.access import Access
from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator, table_path
from clevertap_partners.sandbox.gateway.bigquery.job_store import Job, JobStore
from clevertap_partners.sandbox.gateway.bigquery.making import whole_text
from clevertap_partners.sandbox.gateway.bigquery.plan import Plan, Planner
from clevertap_partners.sandbox.gateway.bigquery.refusals import dataset_denied, refused
from clevertap_partners.sandbox.gateway.bigquery.sql import TableName
from clevertap_partners.sandbox.gateway.body import Body
from clevertap_partners.sandbox.gateway.faults import Faults
from clevertap_partners.sandbox.gateway.messages import (
    CutConnection,
    GoogleError,
    Request,
    Response,
)
from clevertap_partners.sandbox.gateway.state import Dataset, Store

# Google keeps what a query found for a day.
RESULT_LIFETIME_S = 24 * 3600.0

Json = dict[str, Any]


class Runner:
    def __init__(
        self, store: Store, jobs: JobStore, planner: Planner, access: Access, faults: Faults
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._planner = planner
        self._access = access
        self._faults = faults
        self._done: dict[str, threading.Event] = {}

    def start(self, job: Job, emulator: Emulator) -> None:
        """Raises 409 when the job is there already. What goes wrong later is in the job."""
        self._jobs.add(job)
        self._forget_old(emulator)
        self._done[job.name] = threading.Event()
        threading.Thread(target=self._run, args=(job, emulator), daemon=True).start()

    def wait(self, job: Job, seconds: float) -> Job:
        """The job as it is when it has ended, or after so many seconds."""
        event = self._done.get(job.name)
        if event is not None and not job.is_done:
            event.wait(seconds)
        return self._jobs.find(job.project, job.id, job.location) or job

    def _run(self, job: Job, emulator: Emulator) -> None:
        path = f"/bigquery/v2/projects/{job.project}/jobs/{job.id}"
        request = Request("RUN", path, {}, "", {}, Body.empty(), operation="bq.job.run")
        job.started = self._store.now()
        try:
            failed = self._faults.apply(request, lambda _: self._carry_out(job, emulator))
            if failed.status >= 300:
                job.error = _error_of(failed)
        except GoogleError as error:
            job.error = {"reason": error.reason, "message": error.message}
        except CutConnection:
            job.error = {"reason": "backendError", "message": "The job was interrupted."}
        finally:
            job.state, job.ended = "DONE", self._store.now()
            if job.error and not job.error.get("reason"):
                job.error["reason"] = "internalError"
            self._jobs.save(job)
            self._done.pop(job.name).set()

    def _carry_out(self, job: Job, emulator: Emulator) -> Response:
        config = job.config["query"]
        plan = self._planner.plan(job.caller, job.project, job.location, config)
        job.kind, job.bytes = plan.kind, plan.bytes
        job.tables = [[one.project, one.dataset, one.table] for one in plan.tables]
        self._planner.check_price(plan, config)
        if plan.kind == sql.SELECT:
            self._select(job, plan, emulator)
        else:
            self._planner.sizes.forget()
            answer = self._planner.maker.run(plan.statement, whole_text(plan.statement.parsed))
            job.changed_rows = int(answer.get("numDmlAffectedRows") or 0)
        return Response()

    def _select(self, job: Job, plan: Plan, emulator: Emulator) -> None:
        table = self._destination(job, emulator)
        job.rows = self._planner.maker.make(table, plan.schema, plan.statement)
        job.destination = [table.project, table.dataset, table.table]

    def _destination(self, job: Job, emulator: Emulator) -> TableName:
        wanted = job.config["query"].get("destinationTable")
        if not wanted:
            dataset = self._hidden(job, emulator)
            name = hashlib.sha1(job.name.encode(), usedforsecurity=False).hexdigest()
            return TableName(job.project, dataset.name, f"anon{name}")
        table = TableName(wanted["projectId"], wanted["datasetId"], wanted["tableId"])
        found = self._access.dataset(table.project, table.dataset)
        if "bigquery.tables.create" not in self._access.on_dataset(job.caller, found):
            raise dataset_denied(found.id, "bigquery.tables.create")
        if job.config["query"].get("writeDisposition", "WRITE_EMPTY") == "WRITE_TRUNCATE":
            self._planner.maker.drop(table)
        return table

    def _hidden(self, job: Job, emulator: Emulator) -> Dataset:
        """The dataset for what this account finds in this location; made when it is missing."""
        key = f"{job.project} {job.location} {job.caller}"
        name = f"_{hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()}"
        dataset = Dataset(name, job.project, job.location, self._store.now(), owner=job.caller)
        with self._store.change() as state:
            if dataset.id not in state.datasets:
                ensure_dataset(emulator, dataset)
                state.datasets[dataset.id] = dataset
        return dataset

    def _forget_old(self, emulator: Emulator) -> None:
        for job in self._jobs.older_than(self._store.now() - RESULT_LIFETIME_S):
            self._jobs.remove(job)
            if job.destination and job.destination[1].startswith("_"):
                emulator.call("DELETE", table_path(*job.destination))


def ensure_dataset(emulator: Emulator, dataset: Dataset) -> None:
    reference = {"projectId": dataset.project_id, "datasetId": dataset.name}
    asked = {"datasetReference": reference, "location": dataset.location}
    status, _ = emulator.call("POST", f"{dataset.project_id}/datasets", asked)
    if status not in {200, 409}:
        raise refused("backendError", f"The sandbox could not make the dataset {dataset.id}.")


def _error_of(failed: Response) -> Json:
    """A scripted refusal as the error of a job."""
    error = failed.error()
    return {"reason": error["reason"], "message": error["message"]}
