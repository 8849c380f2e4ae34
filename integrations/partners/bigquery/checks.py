"""[pure] The test of a BigQuery connection, in the order in which things can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from google.api_core.retry import Retry, if_exception_type
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import types

from clevertap_partners.core.errors import PartnersError, PermanentError, TransientError
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.bigquery import faults
from integrations.partners.bigquery.client import (
    SCOPES,
    Asker,
    Reader,
    get_json,
    open_client,
    target_of,
)
from integrations.partners.bigquery.config import BigQueryConfig, BigQueryEndpoints, config_of
from integrations.partners.bigquery.sql import all_of
from integrations.partners.checking import CheckStep, Finding
from integrations.partners.google.sign_in import SignIn

T = TypeVar("T")

# A person waits: give up sooner than a run does.
TIMEOUT_S = 15
ONCE: dict[str, Any] = {"retry": None, "timeout": TIMEOUT_S}
RETRY = Retry(predicate=if_exception_type(TransientError), initial=0.5, maximum=4, timeout=15)
TABLES_LOOKED_AT = 50
MORE_THAN_NEEDED = {
    "bigquery.tables.updateData": gettext_noop("change rows"),
    "bigquery.tables.update": gettext_noop("change tables"),
    "bigquery.tables.delete": gettext_noop("delete tables"),
    "bigquery.tables.setIamPolicy": gettext_noop("give others rights on tables"),
}
MORE_RIGHTS = gettext_noop("It may also {rights}. Imports never do that.")
MAY_BE_READ = gettext_noop("The rows of {table} may be read.")
PROJECT = "project_id"
DATASET = "dataset_id"


class BigQueryProbe:
    """Tests one stored text."""

    def __init__(self, text: str, endpoints: BigQueryEndpoints) -> None:
        self._sign_in = SignIn(text, endpoints.token_urls, SCOPES)
        self._endpoints = endpoints
        self._config: BigQueryConfig | None = None
        self._client: bigquery.Client | None = None
        self._reader: Reader | None = None
        self._no_jobs: PermanentError | None = None
        self._location = ""
        self._tables: list[bigquery.table.TableListItem] = []

    def __repr__(self) -> str:
        return "BigQueryProbe(…)"

    def steps(self) -> Sequence[CheckStep]:
        return (
            *self._sign_in.steps(),
            CheckStep(gettext_noop("The project can be reached"), self.project_answers, PROJECT),
            CheckStep(gettext_noop("Queries may be run"), self.may_run_jobs, PROJECT),
            CheckStep(gettext_noop("The dataset exists"), self.dataset_exists, DATASET),
            CheckStep(gettext_noop("The data of its tables may be read"), self.may_read, DATASET),
            CheckStep(
                gettext_noop("Rows may be read fast"), self.may_open_session, report_only=True
            ),
            CheckStep(gettext_noop("No more rights than needed"), self.rights, report_only=True),
        )

    def config_text(self) -> str:
        return self.config.as_text()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()  # type: ignore[no-untyped-call]  # google-cloud-core
        if self._reader is not None:
            self._reader.close()

    @property
    def config(self) -> BigQueryConfig:
        if self._config is None:
            self._config = config_of(self._sign_in.stored, self._sign_in.key)
        return self._config

    @property
    def client(self) -> bigquery.Client:
        if self._client is None:
            self._client = open_client(self.config, self._endpoints)
        return self._client

    # -- the project -------------------------------------------------------------------------------

    def project_answers(self) -> Finding:
        """By the free dry run of a query without a table; a missing right is the next step's."""
        try:
            self.try_out("SELECT 1 AS one")
        except PermanentError as refusal:
            if refusal.code != faults.MAY_NOT_RUN_JOBS.code:
                raise
            self._no_jobs = refusal
        return Finding(gettext_noop("{project} answers.").format(project=self.config.project_id))

    def may_run_jobs(self) -> Finding:
        if self._no_jobs is not None:
            raise self._no_jobs
        text = gettext_noop("{client_email} may run queries.")
        return Finding(text.format(client_email=self.config.key.client_email))

    # -- the dataset -------------------------------------------------------------------------------

    def dataset_exists(self) -> Finding:
        found = self.ask(lambda: self.client.get_dataset(self.dataset, **ONCE))
        self._location = str(found.location)
        text = gettext_noop("{dataset} is there, in the location {location}.")
        return Finding(text.format(dataset=self.config.dataset_id, location=self._location))

    def may_read(self) -> Finding:
        """A table's rows are listed as a preview does, which is free; a view is tried out."""
        self._tables = self.ask(
            lambda: list(
                self.client.list_tables(self.dataset, max_results=TABLES_LOOKED_AT, **ONCE)
            )
        )
        table = self.a_table()
        if table is not None:
            self.ask(lambda: self.list_one_row(table))
            return Finding(MAY_BE_READ.format(table=table.table_id))
        if self._tables:
            self.try_out(all_of(self._tables[0].table_id, *self.target))
            return Finding(MAY_BE_READ.format(table=self._tables[0].table_id))
        return Finding(
            gettext_noop("The dataset has no tables yet, so reading could not be tried."),
            advice=gettext_noop("Put a table into it, then test the connection again."),
        )

    def may_open_session(self) -> Finding:
        table = self.a_table()
        if table is None:
            return Finding(gettext_noop("There is no table to try it with."), seen=False)
        try:
            self.ask(lambda: self.open_session(table))
        except PartnersError as refusal:
            if refusal.code not in {faults.MAY_NOT_OPEN_SESSION.code, faults.API_DISABLED.code}:
                raise
            advice, _, command = refusal.fix.partition("\n")
            return Finding(
                gettext_noop("Imports work, but slower: rows are read page by page."),
                advice=advice,
                command=command,
            )
        return Finding(gettext_noop("Rows are read through the Storage Read API."))

    def rights(self) -> Finding:
        table = self.a_table()
        if table is None:
            return Finding(gettext_noop("There is no table to look at."), seen=False)
        told = self.ask(
            lambda: self.client.test_iam_permissions(
                table.reference, list(MORE_THAN_NEEDED), **ONCE
            )
        )
        extra = [
            words
            for right, words in MORE_THAN_NEEDED.items()
            if right in told.get("permissions", ())
        ]
        if not extra:
            return Finding(gettext_noop("It may read the tables and change nothing."))
        return Finding(
            MORE_RIGHTS.format(rights=", ".join(extra)),
            advice=gettext_noop("The role BigQuery Data Viewer on the dataset is enough:"),
            command=faults.GRANT_DATA_VIEWER.format(
                client_email=self.config.key.client_email,
                project_id=self.config.project_id,
                dataset_id=self.config.dataset_id,
            ),
        )

    # -- how we ask --------------------------------------------------------------------------------

    @property
    def target(self) -> tuple[str, str]:
        return self.config.project_id, self.config.dataset_id

    @property
    def dataset(self) -> bigquery.DatasetReference:
        return bigquery.DatasetReference(*self.target)

    def a_table(self) -> bigquery.table.TableListItem | None:
        return next((each for each in self._tables if each.table_type == "TABLE"), None)

    def try_out(self, sql: str) -> None:
        config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
        self.ask(
            lambda: self.client.query(
                sql,
                job_config=config,
                location=self._location or None,
                job_retry=None,
                **ONCE,
            )
        )

    def list_one_row(self, table: bigquery.table.TableListItem) -> None:
        get_json(self.client, f"{table.reference.path}/data", {"maxResults": 1}, TIMEOUT_S)

    def open_session(self, table: bigquery.table.TableListItem) -> None:
        if self._reader is None:
            self._reader = Reader(self.config, self._endpoints)
        self._reader.sign_in()
        self._reader.client.create_read_session(
            parent=f"projects/{self.config.project_id}",
            read_session=types.ReadSession(
                table=table.reference.path.lstrip("/"), data_format=types.DataFormat.ARROW
            ),
            max_stream_count=1,
            retry=None,
            timeout=TIMEOUT_S,
        )

    def ask(self, call: Callable[[], T]) -> T:
        return Asker(target_of(self.config), RETRY).ask(call)
