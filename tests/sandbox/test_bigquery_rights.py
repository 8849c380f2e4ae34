"""Projects, datasets and tables: who sees what; faults and named answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, GoogleAPICallError, NotFound
from google.auth.exceptions import RefreshError
from google.cloud.bigquery import SchemaField

from clevertap_partners.sandbox import processes
from clevertap_partners.sandbox.client import (
    DATA_VIEWER,
    JOB_USER,
    PROJECT,
    READ_SESSION_USER,
    SandboxClient,
    SandboxRefused,
)
from clevertap_partners.sandbox.gateway.bigquery.answers import BIGQUERY_ANSWERS, RESULTS
from tests.services import BigQuery

pytestmark = pytest.mark.services
SCHEMA = [SchemaField("id", "INTEGER")]
ONCE: dict[str, Any] = {"retry": None, "timeout": 20}


@pytest.fixture
def shop(bigquery: BigQuery) -> BigQuery:
    bigquery.create_dataset("shop")
    bigquery.run_sql("CREATE TABLE people AS SELECT 1 AS id, 'Ada' AS name")
    bigquery.run_sql("CREATE TABLE orders (id INT64 NOT NULL, paid NUMERIC, tags ARRAY<STRING>)")
    return bigquery


CALLS: dict[str, Callable[[Any], Any]] = {
    "query nothing": lambda client: client.query("SELECT 1 AS one", **ONCE).result(**ONCE),
    "query": lambda client: client.query("SELECT id FROM shop.people", **ONCE).result(**ONCE),
    "dataset": lambda client: client.get_dataset("shop", **ONCE),
    "tables": lambda client: list(client.list_tables("shop", **ONCE)),
    "table": lambda client: client.get_table("shop.people", **ONCE),
    "rows": lambda client: list(client.list_rows("shop.people", selected_fields=SCHEMA, **ONCE)),
    "change": lambda client: client.query(
        "UPDATE shop.people SET id = 1 WHERE TRUE", **ONCE
    ).result(**ONCE),
}
LOOK = {"dataset", "tables", "table"}
ALLOWED: dict[tuple[str, ...], set[str]] = {
    (): set(),
    (JOB_USER,): {"query nothing"},
    (DATA_VIEWER,): {*LOOK, "rows"},
    (JOB_USER, DATA_VIEWER): {*LOOK, "rows", "query nothing", "query"},
    (READ_SESSION_USER,): set(),
    ("roles/bigquery.metadataViewer",): LOOK,
    ("roles/bigquery.user",): {"query nothing", "dataset", "tables"},
    (JOB_USER, "roles/bigquery.dataEditor"): set(CALLS),
    ("roles/bigquery.admin",): set(CALLS),
    ("bigquery.tables.get",): {"table"},
}


@pytest.mark.parametrize("roles", ALLOWED, ids=lambda roles: "+".join(roles) or "none")
def test_a_role_on_the_project_allows_just_what_it_says(
    shop: BigQuery, roles: tuple[str, ...]
) -> None:
    client = shop.client(shop.create_account(roles=roles))
    worked = set()
    for name, call in CALLS.items():
        try:
            call(client)
        except Forbidden:
            continue
        worked.add(name)
    assert worked == ALLOWED[roles]


def test_a_role_on_a_dataset_holds_for_that_one_only(shop: BigQuery) -> None:
    shop.create_dataset("secret")
    shop.run_sql("CREATE TABLE plans AS SELECT 1 AS id", dataset="secret")
    client = shop.client(shop.create_account(datasets=["shop"]))
    assert [one.dataset_id for one in client.list_datasets(**ONCE)] == ["shop"]
    words = f"User does not have permission to query table {PROJECT}:secret.plans, or perhaps it"
    for sql in ("SELECT id FROM secret.plans", "SELECT p.id FROM shop.people p, secret.plans s"):
        with pytest.raises(Forbidden, match=words):
            client.query(sql, **ONCE).result(**ONCE)
    with pytest.raises(Forbidden, match=r"Permission bigquery\.tables\.getData denied on table"):
        list(client.list_rows("secret.plans", selected_fields=SCHEMA, **ONCE))
    shop.grant_dataset("shop", {"client_email": client._credentials.service_account_email})
    assert list(client.list_datasets(**ONCE)) == []


def test_no_right_to_run_jobs_is_told_at_once(shop: BigQuery) -> None:
    client = shop.client(shop.create_account(roles=()))
    words = (
        f"Access Denied: Project {PROJECT}: User does not have bigquery.jobs.create permission in "
        f"project {PROJECT}."
    )
    with pytest.raises(Forbidden, match=words):
        client.query("SELECT 1 AS one", **ONCE)


def test_a_dataset_has_a_location(shop: BigQuery) -> None:
    client = shop.client(shop.create_account(datasets=["shop"]))
    assert client.get_dataset("shop", **ONCE).location == "EU"
    with pytest.raises(NotFound, match=f"Not found: Dataset {PROJECT}:nowhere"):
        client.get_dataset("nowhere", **ONCE)


def test_a_table_tells_its_columns_rows_and_bytes(shop: BigQuery) -> None:
    client = shop.client(shop.create_account(datasets=["shop"]))
    table = client.get_table("shop.people", **ONCE)
    assert (table.num_rows, table.num_bytes, table.location) == (1, 8 + 5, "EU")
    told = [(one.name, one.field_type, one.mode) for one in client.get_table("shop.orders").schema]
    assert told == [
        ("id", "INTEGER", "REQUIRED"),
        ("paid", "NUMERIC", "NULLABLE"),
        ("tags", "STRING", "REPEATED"),
    ]
    shop.run_sql("INSERT INTO people (id, name) VALUES (2, 'Bo')")
    assert client.get_table("shop.people", **ONCE).num_rows == 2
    with pytest.raises(NotFound, match=rf"Not found: Table {PROJECT}:shop\.nothing"):
        client.get_table("shop.nothing", **ONCE)


def test_tables_come_page_by_page(shop: BigQuery) -> None:
    client = shop.client(shop.create_account(datasets=["shop"]))
    pages = client.list_tables("shop", page_size=1, **ONCE).pages
    assert [[one.table_id for one in page] for page in pages] == [["orders"], ["people"]]


def test_a_key_that_is_gone_signs_nobody_in(shop: BigQuery) -> None:
    key = shop.create_account(datasets=["shop"])
    shop.sandbox.console.delete_key(key["client_email"], key["private_key_id"])
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        shop.client(key).query("SELECT 1 AS one", **ONCE)


def test_calls_and_their_rights_are_in_the_journal(shop: BigQuery) -> None:
    client = shop.client(shop.create_account(datasets=["shop"]))
    shop.sandbox.console.clear_journal()
    client.query("SELECT id FROM shop.people", **ONCE).result(**ONCE)
    list(client.list_tables("shop", **ONCE))
    operations = shop.sandbox.operations()
    assert operations[:2] == ["token", "bq.job.insert"]
    assert {"bq.results", "bq.tables.list"} <= set(operations)
    assert shop.sandbox.permissions() == {"bigquery.jobs.create", "bigquery.tables.list"}


def test_a_job_fails_as_scripted(shop: BigQuery) -> None:
    client = shop.client(shop.create_account(datasets=["shop"]))
    fault = {"status": 400, "reason": "resourcesExceeded", "message": "Resources exceeded"}
    shop.sandbox.add_fault(action="reject", operation="bq.job.run", **fault)
    job = client.query("SELECT 1 AS one", **ONCE)
    with pytest.raises(BadRequest, match="Resources exceeded"):
        job.result(**ONCE)
    job.reload(**ONCE)
    assert job.error_result["reason"] == "resourcesExceeded"
    assert client.query("SELECT 1 AS one", **ONCE).result(**ONCE).total_rows == 1


def test_an_answer_may_be_lost_after_the_job_began(shop: BigQuery) -> None:
    client = shop.client(shop.create_account(datasets=["shop"]))
    shop.sandbox.add_fault(action="fail_after_write", operation="bq.job.insert", status=503)
    with pytest.raises(GoogleAPICallError):
        client.query("SELECT 1 AS one", job_id="mine", job_retry=None, **ONCE)
    assert client.get_job("mine", location="US", **ONCE).result(**ONCE).total_rows == 1


@pytest.mark.parametrize("name", [n for n, one in BIGQUERY_ANSWERS.items() if one.form == "google"])
def test_google_answers_by_name(shop: BigQuery, name: str) -> None:
    client, answer = shop.client(shop.create_account()), BIGQUERY_ANSWERS[name]
    shop.sandbox.console.let_google_answer(name)
    method, path = ("GET", "queries/any") if answer.calls == RESULTS else ("POST", "jobs")
    with pytest.raises(GoogleAPICallError) as raised:
        client._connection.api_request(
            method=method, path=f"/projects/{PROJECT}/{path}", data={}, timeout=20
        )
    told = (raised.value.code, raised.value.errors[0]["reason"], raised.value.errors[0]["message"])
    assert told == (answer.status, answer.reason, answer.message)


def test_the_owner_is_told_what_is_wrong(shop: BigQuery) -> None:
    console = shop.sandbox.console
    for wrong, words in (
        (lambda: console.create_dataset("shop"), "exists already"),
        (lambda: console.create_dataset("with space"), "letters, digits and underscores"),
        (lambda: console.drop_table("shop", "nothing"), "no table nothing"),
        (lambda: console.delete_dataset("nowhere"), "no dataset"),
        (lambda: console.run_sql("SELECT nope FROM shop.people"), "Unrecognized name: nope"),
        (lambda: console.grant_project("nobody@example.com", [JOB_USER]), "no service account"),
    ):
        with pytest.raises(SandboxRefused, match=words):
            wrong()


def test_a_restart_keeps_tables_jobs_and_rights(tmp_path: Any, bigquery: BigQuery) -> None:
    first = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(first):
        shop = BigQuery(type(bigquery.sandbox)(first.url), "")
        shop.create_dataset("shop")
        shop.run_sql("CREATE TABLE people AS SELECT 1 AS id")
        key = shop.create_account(datasets=["shop"])
        sql = "SELECT id FROM shop.people"
        client = shop.client(key)
        client.query(sql, job_id="before", job_retry=None, **ONCE).result(**ONCE)
    with processes.stopping(processes.start_sandbox(folder=tmp_path, port=first.port)):
        job = client.get_job("before", location="EU", **ONCE)
        assert [tuple(row) for row in job.result(**ONCE)] == [(1,)]
        assert SandboxClient(first.url).tables("shop")[0]["rows"] == 1
        with pytest.raises(GoogleAPICallError, match="Already Exists: Job"):
            client.query(sql, job_id="before", location="EU", job_retry=None, **ONCE).result(**ONCE)
