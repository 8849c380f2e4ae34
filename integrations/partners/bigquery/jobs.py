"""[pure] Query jobs: tried without running, begun once under a given id, waited for."""

from __future__ import annotations

import time
from typing import Any

from google.api_core.exceptions import Conflict, NotFound
from google.cloud import bigquery

from integrations.partners.bigquery import faults
from integrations.partners.bigquery.client import ONCE, TIMEOUT_S, Asker, get_json
from integrations.partners.bigquery.columns import columns_of
from integrations.partners.bigquery.errors import answer_of, fault_of, job_failure
from integrations.partners.bigquery.rest_reads import readable_until
from integrations.warehouse import QueryResult

LABELS = {"source": "partners-dashboard"}
FIRST_LOOK_S = 0.2
LONGEST_PAUSE_S = 3.0


class Jobs:
    """The jobs of one project, in the location of one dataset."""

    def __init__(self, client: bigquery.Client, asker: Asker) -> None:
        self._client = client
        self._asker = asker
        self._dataset = bigquery.DatasetReference(asker.target.project_id, asker.target.dataset_id)

    def try_out(self, sql: str, location: str) -> bigquery.QueryJob:
        """What the query would give and read. Free, and runs nothing."""
        config = self._config(dry_run=True)
        return self._asker.ask(
            lambda: self._client.query(
                sql,
                job_config=config,
                location=location,
                job_retry=None,
                **ONCE,
            )
        )

    def begin(self, sql: str, location: str, *, job_id: str, max_bytes: int) -> None:
        """A job id that was begun before is the same job."""
        config = self._config(maximum_bytes_billed=max_bytes)

        def insert() -> None:
            try:
                self._client.query(
                    sql,
                    job_config=config,
                    job_id=job_id,
                    location=location,
                    job_retry=None,
                    **ONCE,
                )
            except Conflict as vendor:
                if not says_job_exists(vendor):
                    raise

        self._asker.ask(insert)

    def was_begun(self, job_id: str, location: str) -> bool:
        def look() -> bool:
            try:
                self._look_at(job_id, location)
            except NotFound as vendor:
                if says_job_absent(vendor):
                    return False
                raise
            return True

        return self._asker.ask(look)

    def wait(self, job_id: str, location: str, *, timeout_s: float) -> QueryResult | None:
        """Raises what the job failed of."""
        until = time.monotonic() + timeout_s
        pause = FIRST_LOOK_S
        while True:
            job = self._asker.ask(lambda: self._look_at(job_id, location))
            if job.state == "DONE":
                return self._result_of(job)
            left = until - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE_S)

    def cancel(self, job_id: str, location: str) -> None:
        def ask_for_its_end() -> None:
            try:
                self._client.cancel_job(job_id, location=location, **ONCE)
            except NotFound as vendor:
                if not says_job_absent(vendor):
                    raise

        self._asker.ask(ask_for_its_end)

    def _look_at(self, job_id: str, location: str) -> bigquery.QueryJob:
        job: Any = self._client.get_job(job_id, location=location, **ONCE)
        return job  # type: ignore[no-any-return]  # the library does not say that it is a query

    def _config(self, **options: Any) -> bigquery.QueryJobConfig:
        return bigquery.QueryJobConfig(
            default_dataset=self._dataset,
            use_legacy_sql=False,
            use_query_cache=False,
            labels=LABELS,
            **options,
        )

    def _result_of(self, job: bigquery.QueryJob) -> QueryResult:
        if job.error_result:
            raise job_failure(job.error_result, self._asker.target)
        told = self._asker.ask(lambda: self._schema_and_count(job))
        fields = told["schema"]["fields"]
        table = job.destination
        return QueryResult(
            columns=columns_of([bigquery.SchemaField.from_api_repr(each) for each in fields]),
            rows=int(told["totalRows"]),
            bytes_billed=int(job.total_bytes_billed or 0),
            expires_at=readable_until(job.ended),
            reference={
                "project_id": job.project,
                "job_id": job.job_id,
                "location": job.location,
                "table": f"projects/{table.project}/datasets/{table.dataset_id}"
                f"/tables/{table.table_id}",
                "fields": fields,
            },
        )

    def _schema_and_count(self, job: bigquery.QueryJob) -> dict[str, Any]:
        # The result's table is in a hidden dataset; asking the job needs no right there.
        path = f"/projects/{job.project}/queries/{job.job_id}"
        params = {"maxResults": 0, "location": job.location}
        answer: dict[str, Any] = get_json(self._client, path, params, TIMEOUT_S)
        return answer


def says_job_absent(vendor: NotFound) -> bool:
    answer = answer_of(vendor)
    return answer is not None and answer.googles and fault_of(answer) is faults.JOB_LOST


def says_job_exists(vendor: Conflict) -> bool:
    answer = answer_of(vendor)
    return answer is not None and answer.googles and "duplicate" in answer.reasons
