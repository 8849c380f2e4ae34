"""Queries through the official client: results, jobs, dry runs, and what Google refuses."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, GoogleAPICallError, NotFound
from google.cloud.bigquery import QueryJobConfig, ScalarQueryParameter

from tests.processes import wait_until
from tests.services import BigQuery

pytestmark = pytest.mark.services
P = "partners-sandbox"


@pytest.fixture
def client(bigquery: BigQuery) -> Any:
    """Signed in with job user, read session user and data viewer on a shop of three people."""
    shop = bigquery.create_dataset("shop")
    bigquery.run_sql(
        "CREATE TABLE people AS SELECT 1 AS id, 'Ada' AS name, NUMERIC '1.123456789' AS paid "
        "UNION ALL SELECT 2, 'Bo', NULL UNION ALL SELECT 3, NULL, NUMERIC '3'"
    )
    return bigquery.client(bigquery.create_account(datasets=[shop]))


def run(client: Any, sql: str, *, job_id: str | None = None, **options: Any) -> Any:
    """The job, finished. Raises what it ended with."""
    config = QueryJobConfig(**options)
    job = client.query(
        sql, job_config=config, job_id=job_id, job_retry=None, retry=None, timeout=20
    )
    if not options.get("dry_run"):
        job.result(retry=None, timeout=20)
    return job


def rows(client: Any, sql: str, **options: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in run(client, sql, **options).result(retry=None, timeout=20)]


def refusal(client: Any, sql: str, **options: Any) -> tuple[int, str, str]:
    """Status, reason and words; a dry run gives the same."""
    told = []
    for dry_run in (False, True):
        with pytest.raises(GoogleAPICallError) as raised:
            run(client, sql, dry_run=dry_run, **options)
        first = raised.value.errors[0]
        told.append((raised.value.code, first["reason"], first["message"]))
    assert told[0] == told[1]
    return told[0]


def test_a_query_gives_its_rows(client: Any) -> None:
    found = rows(
        client, "SELECT id, name, CAST(paid AS STRING) AS paid FROM shop.people ORDER BY id"
    )
    assert found == [
        {"id": 1, "name": "Ada", "paid": "1.123456789"},
        {"id": 2, "name": "Bo", "paid": None},
        {"id": 3, "name": None, "paid": "3.000000000"},
    ]


def test_a_query_takes_parameters(client: Any) -> None:
    sql = "SELECT name FROM shop.people WHERE id = @id"
    parameters = [ScalarQueryParameter("id", "INT64", 2)]
    assert rows(client, sql, query_parameters=parameters) == [{"name": "Bo"}]


def test_columns_without_names_get_googles(client: Any) -> None:
    assert rows(client, "SELECT 1, id, 'x', 2 AS `at` FROM shop.people LIMIT 1") == [
        {"f0_": 1, "id": 1, "f1_": "x", "at": 2}
    ]


def test_an_empty_result_has_its_columns(client: Any) -> None:
    job = run(client, "SELECT * FROM shop.people WHERE FALSE")
    result = job.result()
    assert result.total_rows == 0
    assert [(one.name, one.field_type) for one in result.schema] == [
        ("id", "INTEGER"), ("name", "STRING"), ("paid", "NUMERIC"),
    ]  # fmt: skip


def test_a_result_is_a_table_that_stays(bigquery: BigQuery, client: Any) -> None:
    job = run(client, "SELECT id, name FROM shop.people")
    bigquery.run_sql("DELETE FROM people WHERE TRUE")
    table = client.get_table(job.destination, retry=None, timeout=10)
    assert table.dataset_id.startswith("_")
    assert (table.num_rows, table.expires is not None) == (3, True)
    assert len(list(client.list_rows(table, retry=None, timeout=10))) == 3
    name = f"`{table.project}.{table.dataset_id}.{table.table_id}`"
    assert rows(client, f"SELECT COUNT(*) AS n FROM {name}") == [{"n": 3}]


def test_nobody_else_reads_a_result(bigquery: BigQuery, client: Any) -> None:
    table = run(client, "SELECT id FROM shop.people").destination
    roles = ("roles/bigquery.admin",)
    other = bigquery.client(bigquery.create_account("another", roles=roles))
    name = f"`{table.project}.{table.dataset_id}.{table.table_id}`"
    with pytest.raises(Forbidden):
        other.get_table(table, retry=None, timeout=10)
    with pytest.raises(Forbidden):
        list(other.list_rows(table, selected_fields=[], retry=None, timeout=10))
    assert refusal(other, f"SELECT id FROM {name}")[0] == 403


def test_a_job_id_is_taken_once(client: Any) -> None:
    run(client, "SELECT 1 AS one", job_id="import-1")
    with pytest.raises(Conflict, match=r"Already Exists: Job partners-sandbox:US\.import-1"):
        client.query("SELECT 2 AS two", job_id="import-1", job_retry=None, retry=None, timeout=10)
    job = client.get_job("import-1", location="US", retry=None, timeout=10)
    assert [dict(row) for row in job.result()] == [{"one": 1}]


def test_a_job_of_somebody_else_is_not_told(bigquery: BigQuery, client: Any) -> None:
    run(client, "SELECT 1 AS one", job_id="import-1")
    other = bigquery.client(bigquery.create_account("another"))
    with pytest.raises(Forbidden, match=r"bigquery\.jobs\.get"):
        other.get_job("import-1", location="US", retry=None, timeout=10)
    with pytest.raises(NotFound, match=r"Not found: Job partners-sandbox:US\.nope"):
        other.get_job("nope", location="US", retry=None, timeout=10)


def test_a_job_runs_while_the_caller_waits(bigquery: BigQuery, client: Any) -> None:
    fault = bigquery.sandbox.add_fault(action="hold", operation="bq.job.run")
    job = client.query("SELECT 1 AS one", retry=None, timeout=10)
    assert job.state == "RUNNING"
    job.reload(retry=None, timeout=10)
    assert job.state == "RUNNING"
    bigquery.sandbox.console.release_fault(fault)
    wait_until(lambda: job.done(retry=None, timeout=10), "the job is done")
    assert [dict(row) for row in job.result()] == [{"one": 1}]


def test_a_page_at_a_time(client: Any) -> None:
    job = run(client, "SELECT id FROM shop.people ORDER BY id DESC")
    pages = [[row["id"] for row in page] for page in job.result(page_size=2).pages]
    assert pages == [[3, 2], [1]]


DRY_RUNS = {
    "SELECT id FROM shop.people": ("SELECT", 3 * 8),
    "SELECT COUNT(*) AS n FROM shop.people": ("SELECT", 0),
    "SELECT name FROM shop.people": ("SELECT", 5 + 4),
    "SELECT * FROM shop.people": ("SELECT", 3 * 8 + 9 + 2 * 16),
    "WITH p AS (SELECT name FROM shop.people) SELECT name FROM p": ("SELECT", 9),
    "SELECT 1 AS a; SELECT 2 AS b": ("SCRIPT", 0),
    "DECLARE a INT64; SELECT a": ("SCRIPT", 0),
    "INSERT INTO shop.people (id) VALUES (4)": ("INSERT", 0),
    "DELETE FROM shop.people WHERE id = 1": ("DELETE", 0),
    "CREATE TABLE shop.more AS SELECT 1 AS a": ("CREATE_TABLE_AS_SELECT", 0),
    "DROP TABLE shop.people": ("DROP_TABLE", 0),
}


@pytest.mark.parametrize("sql", DRY_RUNS)
def test_a_dry_run_tells_kind_and_bytes_and_does_nothing(
    bigquery: BigQuery, client: Any, sql: str
) -> None:
    key = bigquery.create_account("the-editor", roles=("roles/bigquery.admin",))
    job = run(bigquery.client(key), sql, dry_run=True)
    assert (job.statement_type, job.total_bytes_processed) == DRY_RUNS[sql]
    assert [(one["name"], one["rows"]) for one in bigquery.tables()] == [("people", 3)]


def test_a_dry_run_tells_the_columns(client: Any) -> None:
    job = run(
        client, "SELECT id, [name] AS names, STRUCT(paid) AS p FROM shop.people", dry_run=True
    )
    told = [(one.name, one.field_type, one.mode) for one in job.schema]
    assert told == [
        ("id", "INTEGER", "NULLABLE"),
        ("names", "STRING", "REPEATED"),
        ("p", "RECORD", "NULLABLE"),
    ]
    assert [str(one) for one in job.referenced_tables] == [f"{P}.shop.people"]


INVALID = {
    "SELECT nope FROM shop.people": "Unrecognized name: nope at [1:8]",
    "SELECT id,\n  Nope\nFROM shop.people": "Unrecognized name: Nope at [2:3]",
    "SELECT p.nope FROM shop.people AS p": "Name nope not found inside p at [1:10]",
    "SELECT NOPE(id) FROM shop.people": "Function not found: NOPE at [1:8]",
    "SELEC 1": 'Syntax error: Unexpected identifier "SELEC" at [1:1]',
    "SELECT id\nFRM shop.people": 'Syntax error: Unexpected identifier "shop" at [2:5]',
    "SELECT id FROM shop.people WHERE": "Syntax error: Unexpected end of script at [1:33]",
    "SELECT (id FROM shop.people": 'Syntax error: Expected ")" but got keyword FROM at [1:12]',
    "SELECT 'a": "Syntax error: Unclosed string literal at [1:8]",
    "SELECT FROM shop.people": "Syntax error: SELECT list must not be empty at [1:8]",
    "": "Syntax error: Unexpected end of statement at [1:1]",
    "SELECT id FROM people": (
        'Table "people" must be qualified with a dataset (e.g. dataset.table) at [1:16]'
    ),
    "SELECT id, id FROM shop.people": (
        "Duplicate column names in the result are not supported when a destination table is "
        "present. Found duplicate(s): id"
    ),
    "SELECT *, name FROM shop.people": (
        "Duplicate column names in the result are not supported when a destination table is "
        "present. Found duplicate(s): name"
    ),
    "SELECT id, COUNT(*) AS n FROM shop.people": (
        "SELECT list expression references column id which is neither grouped nor aggregated at "
        "[1:8]"
    ),
}


@pytest.mark.parametrize("sql", INVALID)
def test_a_query_that_is_wrong_is_told_in_googles_words(client: Any, sql: str) -> None:
    assert refusal(client, sql) == (400, "invalidQuery", INVALID[sql])


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT 1 / 0", "division by zero"),
        ("SELECT CAST(name AS INT64) AS n FROM shop.people", "Bad int64 value: Ada"),
        ("SELECT PARSE_DATE('%d/%m/%Y', '31/02/2026') AS d", ""),
    ],
)
def test_a_value_that_is_wrong_fails_the_job(client: Any, sql: str, words: str) -> None:
    with pytest.raises(BadRequest) as raised:
        run(client, sql)
    message = raised.value.errors[0]["message"]
    assert words in message
    assert not any(word in message for word in ("Error:", "LINE", "DuckDB"))


def test_a_default_dataset_completes_names(client: Any) -> None:
    assert rows(client, "SELECT COUNT(*) AS n FROM people", default_dataset=f"{P}.shop") == [
        {"n": 3}
    ]


def test_what_is_not_there_is_not_found(client: Any) -> None:
    assert refusal(client, "SELECT a FROM shop.nothing") == (
        404, "notFound", f"Not found: Table {P}:shop.nothing was not found in location EU",
    )  # fmt: skip
    assert refusal(client, "SELECT a FROM nowhere.nothing") == (
        404, "notFound", f"Not found: Dataset {P}:nowhere was not found in location US",
    )  # fmt: skip


def test_data_are_found_only_where_they_are(client: Any) -> None:
    client._location = "US"
    assert refusal(client, "SELECT id FROM shop.people") == (
        404, "notFound", f"Not found: Dataset {P}:shop was not found in location US",
    )  # fmt: skip


def test_a_query_may_cost_too_much(client: Any) -> None:
    with pytest.raises(BadRequest) as raised:
        run(client, "SELECT id FROM shop.people", maximum_bytes_billed=1000)
    first = raised.value.errors[0]
    assert first["reason"] == "bytesBilledLimitExceeded"
    assert first["message"] == (
        "Query exceeded limit for bytes billed: 1000. 10485760 or higher required."
    )
    assert run(client, "SELECT id FROM shop.people", maximum_bytes_billed=10485760).done()


def test_a_viewer_changes_nothing(bigquery: BigQuery, client: Any) -> None:
    words = "Permission bigquery.tables.updateData denied on table partners-sandbox:shop.people"
    for sql in (
        "DELETE FROM shop.people WHERE TRUE",
        "SELECT 1; DELETE FROM shop.people WHERE 1=1",
    ):
        status, reason, message = refusal(client, sql)
        assert (status, reason) == (403, "accessDenied")
        assert "denied" in message
    assert words in refusal(client, "UPDATE shop.people SET id = 1 WHERE TRUE")[2]
    assert refusal(client, "CREATE TABLE shop.new AS SELECT 1 AS a")[0] == 403
    assert bigquery.run_sql("SELECT COUNT(*) FROM people") == [[3]]


def test_an_editor_changes_rows(bigquery: BigQuery, client: Any) -> None:
    key = bigquery.create_account("the-editor")
    bigquery.grant_dataset("shop", key, "roles/bigquery.dataEditor")
    job = run(bigquery.client(key), "UPDATE shop.people SET name = 'Cy' WHERE id > 1")
    assert (job.statement_type, job.num_dml_affected_rows) == ("UPDATE", 2)
    assert bigquery.run_sql("SELECT COUNT(*) FROM people WHERE name = 'Cy'") == [[2]]


def test_types_come_back_as_google_names_them(bigquery: BigQuery, client: Any) -> None:
    types = ["STRING", "BYTES", "INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "BOOL", "DATE"]
    types += ["DATETIME", "TIME", "TIMESTAMP", "GEOGRAPHY", "JSON", "INTERVAL"]
    columns = ", ".join(f"c_{kind.lower()} {kind}" for kind in types)
    bigquery.run_sql(f"CREATE TABLE typed ({columns}, many ARRAY<INT64>, one STRUCT<a STRING>)")
    expected = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
    result = run(client, "SELECT * FROM shop.typed").result()
    told = [(one.name, one.field_type) for one in result.schema][: len(types)]
    assert told == [(f"c_{kind.lower()}", expected.get(kind, kind)) for kind in types]
    assert [(one.field_type, one.mode) for one in result.schema][len(types) :] == [
        ("INTEGER", "REPEATED"), ("RECORD", "NULLABLE"),
    ]  # fmt: skip
