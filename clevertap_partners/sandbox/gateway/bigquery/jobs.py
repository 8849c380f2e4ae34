"""Jobs and their results as an API caller sees them: insert, get, list, cancel, query, results."""

from __future__ import annotations

import re
import secrets
from typing import Any

from clevertap_partners.sandbox.gateway.bigquery import refusals, sql
from clevertap_partners.sandbox.gateway.bigquery.access import Access, note
from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator
from clevertap_partners.sandbox.gateway.bigquery.job_store import Job, JobStore
from clevertap_partners.sandbox.gateway.bigquery.plan import Plan, Planner
from clevertap_partners.sandbox.gateway.bigquery.rows import Rows
from clevertap_partners.sandbox.gateway.bigquery.runner import Runner
from clevertap_partners.sandbox.gateway.bigquery.sql import TableName
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request, Response, as_json
from clevertap_partners.sandbox.gateway.state import Store

DEFAULT_WAIT_S = 10.0
MAX_WAIT_S = 200.0
_JOB_ID = re.compile(r"[\w-]{1,1024}", re.ASCII)

Json = dict[str, Any]


class Jobs:
    def __init__(
        self,
        store: Store,
        access: Access,
        emulator: Emulator,
        planner: Planner,
        jobs: JobStore,
        runner: Runner,
        rows: Rows,
    ) -> None:
        self._store = store
        self._access = access
        self._emulator = emulator
        self._planner = planner
        self._jobs = jobs
        self._runner = runner
        self._rows = rows

    def insert(self, request: Request, project: str) -> Response:
        """Start a job, or with `dryRun` say what it would do."""
        self._may_start(request, project)
        asked = request.json()
        config = asked.get("configuration") or {}
        if not isinstance(config.get("query"), dict):
            text = "The sandbox runs query jobs only."
            raise GoogleError(501, text, reason="notImplemented")
        job = self._new(request.caller, project, config, asked.get("jobReference") or {})
        if config.get("dryRun"):
            return as_json(self._dry_run(job))
        self._runner.start(job, self._emulator)
        return as_json(described(job))

    def query(self, request: Request, project: str) -> Response:
        """Start a job, wait for it a while, and answer with the first rows."""
        self._may_start(request, project)
        asked = request.json()
        query = {key: value for key, value in asked.items() if key not in _NOT_OF_A_QUERY}
        config = {"query": query, "dryRun": bool(asked.get("dryRun"))}
        job = self._new(request.caller, project, config, {"location": asked.get("location", "")})
        if config["dryRun"]:
            dry = self._dry_run(job)["statistics"]["query"]
            return as_json({"kind": "bigquery#queryResponse", "jobComplete": True, **dry})
        self._runner.start(job, self._emulator)
        wait_s = _seconds(asked.get("timeoutMs"))
        return as_json(self._result(self._runner.wait(job, wait_s), _paging(asked)))

    def get(self, request: Request, project: str, job_id: str) -> Response:
        return as_json(described(self._find(request, project, job_id)))

    def listing(self, request: Request, project: str) -> Response:
        """The caller's own jobs, newest first."""
        self._access.authenticate(request)
        count = min(int(request.query.get("maxResults") or 50), 1000)
        own = [job for job in self._jobs.newest(project, 1000) if job.caller == request.caller]
        jobs = [{**described(job), "state": job.state} for job in own[:count]]
        return as_json({"kind": "bigquery#jobList", "jobs": jobs})

    def cancel(self, request: Request, project: str, job_id: str) -> Response:
        """Google does its best, and so may let a job go on to its end."""
        job = self._find(request, project, job_id)
        return as_json({"kind": "bigquery#jobCancelResponse", "job": described(job)})

    def results(self, request: Request, project: str, job_id: str) -> Response:
        job = self._find(request, project, job_id)
        job = self._runner.wait(job, _seconds(request.query.get("timeoutMs")))
        return as_json(self._result(job, _paging(request.query)))

    def _may_start(self, request: Request, project: str) -> None:
        self._access.authenticate(request)
        self._access.require_project(request, project, "bigquery.jobs.create")

    def _new(self, caller: str, project: str, config: Json, reference: Json) -> Job:
        job_id = str(reference.get("jobId") or f"job_{secrets.token_urlsafe(18)}")
        if not _JOB_ID.fullmatch(job_id):
            text = (
                f'Invalid job ID "{job_id}". Job IDs must be alphanumeric (plus underscores and '
                "dashes) and must be at most 1024 characters long."
            )
            raise refusals.refused("invalid", text)
        location = str(reference.get("location") or "").upper()
        location = location or self._planner.location(project, config["query"])
        return Job(project, location, job_id, caller, self._store.now(), config)

    def _dry_run(self, job: Job) -> Json:
        plan = self._planner.plan(job.caller, job.project, job.location, job.config["query"])
        job.state, job.kind, job.bytes = "DONE", plan.kind, plan.bytes
        job.tables = [[one.project, one.dataset, one.table] for one in plan.tables]
        resource = described(job)
        del resource["id"], resource["jobReference"]["jobId"]
        resource["statistics"]["query"] |= _schema(plan)
        return resource

    def _find(self, request: Request, project: str, job_id: str) -> Job:
        """A job of the caller's. Raises 404, or 403 for one of somebody else."""
        self._access.authenticate(request)
        location = request.query.get("location", "")
        job = self._jobs.find(project, job_id, location)
        if job is None:
            raise refusals.not_found("Job", f"{project}:{location.upper() or 'US'}.{job_id}")
        if job.caller != request.caller:
            permission = "bigquery.jobs.get"
            note(request, permission)
            if permission not in self._access.on_project(request.caller, project):
                raise refusals.job_denied(job.name, permission)
        return job

    def _result(self, job: Job, paging: Json) -> Json:
        """A page of what a job found. Raises what the job ended with."""
        answer: Json = {
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": _reference(job),
            "jobComplete": job.is_done,
        }
        if not job.is_done:
            return answer
        if job.error:
            raise refusals.refused(job.error["reason"], job.error["message"])
        answer |= {"totalBytesProcessed": str(job.bytes), "cacheHit": False}
        if job.kind != sql.SELECT:
            return answer | {"totalRows": "0", "schema": {}, **_changed(job)}
        return answer | self._rows.page(TableName(*job.destination), paging, with_schema=True)


_NOT_OF_A_QUERY = {
    "kind",
    "dryRun",
    "location",
    "timeoutMs",
    "maxResults",
    "requestId",
    "formatOptions",
    "labels",
    "jobCreationMode",
}


def described(job: Job) -> Json:
    """The job's resource."""
    query = {key: value for key, value in job.config["query"].items() if key != "kind"}
    if job.destination:
        query["destinationTable"] = _table(job.destination)
    status: Json = {"state": job.state}
    if job.error:
        status |= {"errorResult": job.error, "errors": [job.error]}
    return {
        "kind": "bigquery#job",
        "id": job.name,
        "jobReference": _reference(job),
        "configuration": {**job.config, "jobType": "QUERY", "query": query},
        "status": status,
        "statistics": _statistics(job),
        "user_email": job.caller,
    }


def _statistics(job: Job) -> Json:
    query: Json = {
        "totalBytesProcessed": str(job.bytes),
        "totalBytesBilled": str(job.bytes),
        "cacheHit": False,
        "statementType": job.kind,
        "referencedTables": [_table(names) for names in job.tables],
        **_changed(job),
    }
    moments = {"creationTime": job.created, "startTime": job.started, "endTime": job.ended}
    told = {name: str(int(moment * 1000)) for name, moment in moments.items() if moment}
    return {**told, "totalBytesProcessed": str(job.bytes), "query": query}


def _changed(job: Job) -> Json:
    return {} if job.changed_rows is None else {"numDmlAffectedRows": str(job.changed_rows)}


def _schema(plan: Plan) -> Json:
    return {"schema": {"fields": plan.schema}} if plan.kind == sql.SELECT else {}


def _table(names: list[str]) -> Json:
    return dict(zip(("projectId", "datasetId", "tableId"), names, strict=True))


def _reference(job: Job) -> Json:
    return {"projectId": job.project, "jobId": job.id, "location": job.location}


def _paging(asked: Any) -> Json:
    wanted = ("maxResults", "startIndex", "pageToken")
    return {key: asked[key] for key in wanted if asked.get(key) not in (None, "")}


def _seconds(milliseconds: Any) -> float:
    """How long to wait, as the caller asks, within bounds."""
    asked = float(milliseconds) / 1000 if milliseconds is not None else DEFAULT_WAIT_S
    return min(max(asked, 0.0), MAX_WAIT_S)
