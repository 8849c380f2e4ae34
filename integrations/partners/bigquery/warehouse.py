"""[pure] One dataset of BigQuery, as imports use it."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
from google.api_core.retry import Retry
from google.cloud import bigquery

from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.faults import error
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.bigquery import faults
from integrations.partners.bigquery.client import (
    ONCE,
    RETRY,
    Asker,
    Reader,
    open_client,
    target_of,
)
from integrations.partners.bigquery.columns import arrow_schema, columns_of, fields_of, type_of
from integrations.partners.bigquery.config import BigQueryConfig, BigQueryEndpoints
from integrations.partners.bigquery.errors import in_bytes
from integrations.partners.bigquery.jobs import Jobs
from integrations.partners.bigquery.rest_reads import RestReads
from integrations.partners.bigquery.sql import all_of, final_text, some_of, source_text
from integrations.partners.bigquery.storage_reads import StorageReads
from integrations.warehouse import Estimate, Query, QueryResult, ReadSession, ReadStream, TableInfo

MAX_TABLES = 1000
# Whoever waits for a page waits 20 seconds at most: the query ends before that, and is cancelled.
SAMPLE_WAIT_S = 12
MAX_VIEWS = 10
STATEMENT = gettext_noop("a {kind} statement")
KINDS = {
    "VIEW": "view",
    "MATERIALIZED_VIEW": "materialized view",
    "EXTERNAL": "external table",
}
_LOOK_THROUGH = frozenset({"view", "materialized view"})
# Without one of these, the Storage Read API is closed to us, and REST is not.
_READ_BY_REST = frozenset({faults.MAY_NOT_OPEN_SESSION.code, faults.API_DISABLED.code})


class BigQueryWarehouse:
    """For many threads. Failures are PermanentError or TransientError in our words.

    A job that failed stays failed: what passes (`job_failed`) needs a job with another id.
    """

    def __init__(
        self, config: BigQueryConfig, endpoints: BigQueryEndpoints, *, retry: Retry = RETRY
    ) -> None:
        self._config = config
        self._endpoints = endpoints
        self._asker = Asker(target_of(config), retry)
        self._client = open_client(config, endpoints)
        self._jobs = Jobs(self._client, self._asker)
        self._rest = RestReads(self._client, self._asker)
        self._dataset = bigquery.DatasetReference(config.project_id, config.dataset_id)
        self._lock = threading.Lock()
        self._storage: StorageReads | None = None
        self._location = ""

    def __repr__(self) -> str:
        return f"BigQueryWarehouse({self._config.target!r})"

    def tables(self) -> Sequence[TableInfo]:
        found = self._asker.ask(
            lambda: list(self._client.list_tables(self._dataset, max_results=MAX_TABLES, **ONCE))
        )
        infos = [TableInfo(each.table_id, KINDS.get(each.table_type, "table")) for each in found]
        return sorted(infos, key=lambda info: info.name.lower())

    # -- before a query runs -----------------------------------------------------------------------

    def estimate(self, query: Query) -> Estimate:
        return self._planned(query)[1]

    def sample(self, query: Query, *, rows: int, max_bytes: int, at_random: bool) -> pa.Table:
        if not at_random and query.bound is None and query.table:
            found = self._first_rows(query, rows)
            if found is not None:
                return found
        text, _ = self._planned(query)
        job_id = f"partners-sample-{secrets.token_hex(16)}"
        some = some_of(text, rows=rows, at_random=at_random)
        self._jobs.begin(some, self._where(), job_id=job_id, max_bytes=max_bytes)
        result = self.wait(job_id, timeout_s=SAMPLE_WAIT_S)
        if result is None:
            self.cancel(job_id)
            raise error(faults.QUERY_SLOW, seconds=SAMPLE_WAIT_S)
        return self._all_rows(result)

    def _planned(self, query: Query) -> tuple[str, Estimate]:
        """The text to run, checked: the source by itself first, so that places are as typed."""
        source = source_text(query, self._config.project_id, self._config.dataset_id)
        tried = self._try_out(source)
        self._refuse_unreadable(query, tried)
        types = {each.name.lower(): type_of(each) for each in tried.schema or ()}
        refuse_missing(query, types)
        text = final_text(query, source, types)
        if text != source:
            tried = self._try_out(text)
        columns = columns_of(tried.schema or ())
        return text, Estimate(columns, int(tried.total_bytes_processed or 0))

    def _try_out(self, text: str) -> bigquery.QueryJob:
        try:
            return self._jobs.try_out(text, self._where())
        except PermanentError as refusal:
            if refusal.code == faults.OTHER_LOCATION.code:
                self._location = ""
            raise

    def _refuse_unreadable(self, query: Query, tried: bigquery.QueryJob) -> None:
        kind = tried.statement_type or "SELECT"
        if kind != "SELECT":
            raise error(
                faults.SQL_NOT_ONE_SELECT, kind=STATEMENT.format(kind=kind.replace("_", " "))
            )
        # A table that was picked is in the dataset.
        outside = [] if query.table else self._outside(tried, query.sql)
        if outside:
            target = self._asker.target
            raise error(
                faults.SQL_OUTSIDE_DATASET,
                tables=", ".join(outside[:3]),
                project_id=target.project_id,
                dataset_id=target.dataset_id,
            )
        refuse_unclear_columns(tried.schema or ())

    def _outside(self, tried: bigquery.QueryJob, sql: str) -> list[str]:
        """Tables that the query reads elsewhere, except through a view of the dataset: what that
        reads is its owner's decision, and Google names it among the query's tables."""
        found = self._elsewhere(tried)
        if found:
            views = [each.name for each in self.tables() if each.kind in _LOOK_THROUGH]
            for view in [name for name in views if name in sql][:MAX_VIEWS]:
                text = all_of(view, self._config.project_id, self._config.dataset_id)
                found -= self._elsewhere(self._try_out(text))
        return sorted(found)

    def _elsewhere(self, tried: bigquery.QueryJob) -> set[str]:
        ours = (self._config.project_id, self._config.dataset_id)
        return {
            f"{each.project}.{each.dataset_id}.{each.table_id}"
            for each in tried.referenced_tables
            if (each.project, each.dataset_id) != ours
        }

    def _first_rows(self, query: Query, rows: int) -> pa.Table | None:
        """Without running a query, which a table allows and a view does not."""
        reference = self._dataset.table(query.table)
        table = self._asker.ask(lambda: self._client.get_table(reference, **ONCE))
        if table.table_type != "TABLE":
            return None
        refuse_missing(query, {each.name.lower(): type_of(each) for each in table.schema})
        by_name = {each.name.lower(): each for each in table.schema}
        fields = [by_name[name.lower()] for name in query.columns] or list(table.schema)
        # The answer holds its columns in the order of the table, whatever was asked for.
        in_order = [each for each in table.schema if each in fields]
        resources = [each.to_api_repr() for each in in_order]
        read = pa.Table.from_batches(
            self._rest.first_rows(reference, resources, rows), arrow_schema(in_order)
        )
        return read.select([each.name for each in fields])

    # -- a query that runs -------------------------------------------------------------------------

    def start(self, query: Query, *, job_id: str, max_bytes: int) -> None:
        if self._jobs.was_begun(job_id, self._where()):
            return
        text, estimate = self._planned(query)
        if estimate.bytes > max_bytes:
            raise error(
                faults.BYTES_CAP, needed=in_bytes(estimate.bytes), allowed=in_bytes(max_bytes)
            )
        self._jobs.begin(text, self._where(), job_id=job_id, max_bytes=max_bytes)

    def wait(self, job_id: str, *, timeout_s: float) -> QueryResult | None:
        return self._jobs.wait(job_id, self._where(), timeout_s=timeout_s)

    def cancel(self, job_id: str) -> None:
        self._jobs.cancel(job_id, self._where())

    def _where(self) -> str:
        """The dataset's location, asked for once."""
        if not self._location:
            found = self._asker.ask(lambda: self._client.get_dataset(self._dataset, **ONCE))
            self._location = str(found.location)
        return self._location

    # -- its rows ----------------------------------------------------------------------------------

    def open_session(self, result: QueryResult, *, max_streams: int) -> ReadSession:
        if not result.rows:
            return ReadSession("rest", (), result.expires_at)
        try:
            return self._by_storage().open_session(result, max_streams=max_streams)
        except PermanentError as refusal:
            if refusal.code not in _READ_BY_REST:
                raise
        return self._rest.open_session(result, max_streams=max_streams)

    def read(self, stream: ReadStream, *, offset: int) -> Iterator[pa.RecordBatch]:
        if stream.reference["via"] == "rest":
            return self._rest.read(stream.reference, offset=offset)
        return self._by_storage().read(stream.reference, offset=offset)

    def _by_storage(self) -> StorageReads:
        with self._lock:
            if self._storage is None:
                reader = Reader(self._config, self._endpoints)
                self._storage = StorageReads(reader, self._asker, self._config.project_id)
            return self._storage

    def _all_rows(self, result: QueryResult) -> pa.Table:
        session = self._rest.open_session(result, max_streams=1)
        batches = [
            batch
            for stream in session.streams
            for batch in self._rest.read(stream.reference, offset=0)
        ]
        schema = arrow_schema(fields_of(result.reference["fields"]))
        return pa.Table.from_batches(batches, schema)


def refuse_unclear_columns(fields: Sequence[bigquery.SchemaField]) -> None:
    """Names are compared as BigQuery does, without regard to capitals."""
    counts = Counter(each.name.lower() for each in fields)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise error(faults.DUPLICATE_COLUMNS, columns=", ".join(twice))
    # What BigQuery calls a column that the query gives no name.
    if any(name.startswith("f") and name[1:-1].isdecimal() and name[-1] == "_" for name in counts):
        raise error(faults.COLUMNS_UNNAMED)


def refuse_missing(query: Query, types: dict[str, str]) -> None:
    wanted = [*query.columns, *([query.bound.column] if query.bound else [])]
    missing = [name for name in dict.fromkeys(wanted) if name.lower() not in types]
    if missing:
        raise error(faults.COLUMNS_MISSING, columns=", ".join(missing))
