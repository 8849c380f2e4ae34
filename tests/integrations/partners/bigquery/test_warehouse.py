"""A dataset of the sandbox as imports read it: tables, checks before a run, jobs, rows."""

from __future__ import annotations

import datetime
import uuid

import pyarrow as pa
import pytest

from clevertap_partners.core.errors import PartnersError, PermanentError, TransientError
from clevertap_partners.sandbox.client import JOB_USER
from integrations.partners.bigquery import storage_reads
from integrations.warehouse import Column, CursorBound, Query, QueryFailed

pytestmark = pytest.mark.services
ENOUGH = 10**12
EVERY_TYPE = """
CREATE TABLE odd AS SELECT 1 AS id, 'Ada' AS name, NUMERIC '1.5' AS price, b'xx' AS raw,
DATE '0001-01-01' AS day, DATETIME '2026-01-02 03:04:05.678901' AS moment,
TIME '10:11:12.5' AS clock, CAST('-1.5' AS BIGNUMERIC) AS big,
TIMESTAMP '9999-12-31 23:59:59.999999+00' AS stamp, JSON '{"a":1}' AS doc,
INTERVAL 1 DAY AS span, [1, 2] AS numbers, STRUCT(1 AS x, 'b' AS y) AS pair,
[STRUCT(1 AS x), STRUCT(2 AS x)] AS pairs, CAST('NaN' AS FLOAT64) AS ratio, TRUE AS good
"""


@pytest.fixture
def users(bigquery, shop):
    bigquery.run_sql(
        "CREATE TABLE users AS SELECT n AS id, CONCAT('user ', CAST(n AS STRING)) AS name, "
        "IF(MOD(n, 10) = 0, NULL, TIMESTAMP_SECONDS(n)) AS seen "
        "FROM UNNEST(GENERATE_ARRAY(0, 24999)) AS n"
    )


def run(warehouse, query, *, max_bytes=ENOUGH):
    job_id = f"test-{uuid.uuid4().hex}"
    warehouse.start(query, job_id=job_id, max_bytes=max_bytes)
    result = warehouse.wait(job_id, timeout_s=30)
    assert result is not None
    return result


def rows(warehouse, result, *, max_streams=4):
    session = warehouse.open_session(result, max_streams=max_streams)
    batches = [one for each in session.streams for one in warehouse.read(each, offset=0)]
    return session, pa.Table.from_batches(batches)


def refusal(call) -> PartnersError:
    with pytest.raises(PartnersError) as caught:
        call()
    return caught.value


# -- before a query runs ---------------------------------------------------------------------------


def test_tables_are_listed_by_name_with_their_kind(bigquery, warehouse, users):
    bigquery.run_sql("CREATE VIEW active AS SELECT * FROM users")

    assert [(one.name, one.kind) for one in warehouse.tables()] == [
        ("active", "view"),
        ("users", "table"),
    ]


def test_an_estimate_tells_columns_and_bytes_and_runs_nothing(bigquery, warehouse, users):
    whole = warehouse.estimate(Query(table="users"))
    narrow = warehouse.estimate(Query(table="users", columns=("id",)))

    assert whole.columns == (
        Column("id", "INT64"),
        Column("name", "STRING"),
        Column("seen", "TIMESTAMP"),
    )
    assert narrow.columns == (Column("id", "INT64"),)
    assert 0 < narrow.bytes < whole.bytes


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        (Query(sql="SELECT id, FROM users WHERE"), "sql_invalid", "Syntax error"),
        (Query(sql="SELECT nope FROM users"), "sql_invalid", "nope"),
        (Query(sql="SELECT 1 AS a; SELECT 2"), "sql_not_one_select", "more than one statement"),
        (Query(sql="DELETE FROM users WHERE TRUE"), "sql_not_one_select", "changes data"),
        (Query(sql="CREATE TABLE x AS SELECT 1 AS a"), "sql_not_one_select", "this is a"),
        (Query(sql="SELECT 1 AS a, 2 AS A"), "duplicate_columns", "called a"),
        (Query(sql="SELECT id + 1 FROM users"), "columns_unnamed", "no name"),
        (Query(table="users", columns=("id", "gone")), "columns_missing", "gone"),
        (Query(table="nothing"), "table_not_found", "shop.nothing"),
    ],
)
def test_what_an_import_cannot_take_is_refused_before_it_runs(warehouse, users, query, code, words):
    refused = refusal(lambda: warehouse.estimate(query))

    assert refused.code == code
    assert words in refused.message
    assert isinstance(refused, PermanentError)


def test_a_mistake_in_sql_has_its_place(warehouse, users):
    refused = refusal(lambda: warehouse.estimate(Query(sql="SELECT id,\n  nope\nFROM users")))

    assert (refused.line, refused.column) == (2, 3)
    assert "[2:3]" in refused.message


def test_a_table_of_another_dataset_is_refused_by_name(bigquery, warehouse, users, importer):
    other = bigquery.create_dataset("archive", location="EU")
    bigquery.run_sql("CREATE TABLE old AS SELECT 1 AS id", dataset=other)
    query = Query(sql="SELECT o.id FROM archive.old AS o JOIN users USING (id)")
    hidden = refusal(lambda: warehouse.estimate(query))
    bigquery.grant_dataset(other, importer, "roles/bigquery.dataViewer")
    seen = refusal(lambda: warehouse.estimate(query))

    assert (hidden.code, seen.code) == ("sql_outside_dataset", "sql_outside_dataset")
    assert "archive.old" in seen.message


def test_a_view_of_the_dataset_may_read_another_one(bigquery, warehouse, users, importer):
    other = bigquery.create_dataset("archive", location="EU")
    bigquery.run_sql("CREATE TABLE old AS SELECT 1 AS id", dataset=other)
    bigquery.run_sql("CREATE VIEW everybody AS SELECT id FROM archive.old")
    bigquery.grant_dataset(other, importer, "roles/bigquery.dataViewer")

    by_sql = warehouse.estimate(Query(sql="SELECT id FROM everybody"))
    by_name = warehouse.estimate(Query(table="everybody"))

    assert by_sql.columns == by_name.columns == (Column("id", "INT64"),)


def test_the_first_rows_of_a_table_cost_no_query(bigquery, warehouse, users):
    found = warehouse.sample(
        Query(table="users", columns=("name", "id")), rows=5, max_bytes=0, at_random=False
    )

    assert found.to_pylist() == [{"name": f"user {n}", "id": n} for n in range(5)]


def test_rows_of_a_query_are_the_first_or_any(warehouse, users):
    query = Query(sql="SELECT id FROM users WHERE id >= 100 -- most")

    first = warehouse.sample(query, rows=50, max_bytes=ENOUGH, at_random=False)
    others = warehouse.sample(query, rows=50, max_bytes=ENOUGH, at_random=True)

    assert first.num_rows == others.num_rows == 50
    assert min(others["id"].to_pylist()) >= 100
    assert sorted(others["id"].to_pylist()) != list(range(100, 150))


def test_a_sample_of_nothing_has_the_columns(warehouse, users):
    found = warehouse.sample(
        Query(sql="SELECT id FROM users WHERE id < 0"), rows=5, max_bytes=ENOUGH, at_random=False
    )

    assert (found.num_rows, found.schema.names) == (0, ["id"])


# -- a query that runs -----------------------------------------------------------------------------


def test_a_job_that_was_begun_is_not_begun_again(bigquery, warehouse, users):
    query = Query(table="users", columns=("id",))
    warehouse.start(query, job_id="import-1", max_bytes=ENOUGH)
    warehouse.wait("import-1", timeout_s=30)
    bigquery.drop_table("users")

    warehouse.start(query, job_id="import-1", max_bytes=ENOUGH)

    assert warehouse.wait("import-1", timeout_s=30).rows == 25_000


def test_a_snapshot_outlives_its_table(bigquery, warehouse, users):
    result = run(warehouse, Query(table="users", columns=("id",)))
    bigquery.drop_table("users")

    assert rows(warehouse, result)[1].num_rows == 25_000
    assert result.expires_at > datetime.datetime.now(datetime.UTC)


def test_more_bytes_than_allowed_are_not_read(bigquery, warehouse, users):
    refused = refusal(lambda: run(warehouse, Query(table="users"), max_bytes=10))

    assert refused.code == "bytes_cap"
    assert "insert" not in refused.message


@pytest.mark.parametrize(("low", "wanted"), [(24_991, 2_500 + 9), (30_000, 2_500), (-1, 25_000)])
def test_a_bound_takes_what_is_at_it_later_or_unknown(warehouse, users, low, wanted):
    bound = CursorBound("seen", "timestamp", low * 1_000_000)

    assert run(warehouse, Query(table="users", bound=bound)).rows == wanted


def test_waiting_has_an_end(bigquery, warehouse, users):
    warehouse.start(Query(table="users"), job_id="import-2", max_bytes=ENOUGH)
    warehouse.wait("import-2", timeout_s=30)

    warehouse.cancel("import-2")
    warehouse.cancel("never-begun")


def test_waiting_for_a_job_that_never_was_is_told(warehouse, shop):
    assert refusal(lambda: warehouse.wait("never-begun", timeout_s=1)).code == "job_lost"


# -- its rows --------------------------------------------------------------------------------------


def test_several_streams_hold_every_row_once(warehouse, users):
    session, table = rows(warehouse, run(warehouse, Query(table="users")))

    assert session.via == "storage"
    assert sorted(table["id"].to_pylist()) == list(range(25_000))


def test_without_the_right_to_open_sessions_rows_come_by_rest(bigquery, warehouse, users, importer):
    bigquery.grant_project(importer, JOB_USER)

    session, table = rows(warehouse, run(warehouse, Query(table="users")))

    assert session.via == "rest"
    assert len(session.streams) == 3
    assert [one.rows for one in session.streams] == [10_000, 10_000, 5_000]
    assert sorted(table["id"].to_pylist()) == list(range(25_000))


def test_both_ways_give_the_same_rows_with_the_same_types(bigquery, warehouse, importer):
    bigquery.run_sql(EVERY_TYPE)
    bigquery.run_sql("CREATE TABLE empty_one AS SELECT * FROM odd WHERE FALSE")
    result = run(warehouse, Query(table="odd"))
    by_storage = rows(warehouse, result)
    bigquery.grant_project(importer, JOB_USER)
    by_rest = rows(warehouse, result)

    assert (by_storage[0].via, by_rest[0].via) == ("storage", "rest")
    assert by_storage[1].schema == by_rest[1].schema
    assert repr(by_storage[1].to_pylist()) == repr(by_rest[1].to_pylist())
    assert by_rest[1].schema.field("price").type == pa.decimal128(38, 9)
    assert by_rest[1].schema.field("big").type == pa.decimal256(76, 38)
    assert by_rest[1].schema.field("doc").type == pa.string()
    assert by_rest[1]["pairs"].to_pylist() == [[{"x": 1}, {"x": 2}]]


@pytest.mark.parametrize("role", [None, JOB_USER])
def test_a_stream_is_read_on_from_any_row(bigquery, warehouse, users, importer, role):
    if role:
        bigquery.grant_project(importer, role)
    result = run(warehouse, Query(table="users"))
    session = warehouse.open_session(result, max_streams=1)
    [stream] = session.streams

    whole = pa.Table.from_batches(warehouse.read(stream, offset=0))
    rest = pa.Table.from_batches(warehouse.read(stream, offset=24_321))

    assert rest.equals(whole.slice(24_321).combine_chunks()) or (
        rest.to_pylist() == whole.slice(24_321).to_pylist()
    )


def test_an_empty_result_has_no_streams(warehouse, users):
    result = run(warehouse, Query(sql="SELECT id FROM users WHERE id < 0"))

    assert result.rows == 0
    assert warehouse.open_session(result, max_streams=4).streams == ()


def test_a_connection_that_breaks_is_taken_up_where_it_was(bigquery, warehouse, users, monkeypatch):
    monkeypatch.setattr(storage_reads, "PAUSE_S", 0.01)
    result = run(warehouse, Query(table="users"))
    session = warehouse.open_session(result, max_streams=1)
    bigquery.sandbox.add_fault(action="cut", operation="bq.read", after_messages=1, times=2)

    batches = [one for each in session.streams for one in warehouse.read(each, offset=0)]

    table = pa.Table.from_batches(batches)
    assert sorted(table["id"].to_pylist()) == list(range(25_000))


def test_a_connection_that_stays_broken_is_given_up(bigquery, warehouse, users, monkeypatch):
    monkeypatch.setattr(storage_reads, "PAUSE_S", 0.01)
    result = run(warehouse, Query(table="users"))
    session = warehouse.open_session(result, max_streams=1)
    bigquery.sandbox.add_fault(
        action="reject", operation="bq.read", status=503, times=storage_reads.RESUMES + 1
    )

    failure = refusal(lambda: list(warehouse.read(session.streams[0], offset=0)))

    assert isinstance(failure, TransientError)


def test_an_expired_session_asks_for_a_new_one(bigquery, warehouse, users):
    result = run(warehouse, Query(table="users"))
    session = warehouse.open_session(result, max_streams=1)
    bigquery.sandbox.console.expire_read_sessions()

    failure = refusal(lambda: list(warehouse.read(session.streams[0], offset=0)))

    assert (failure.code, type(failure)) == ("session_expired", TransientError)
    assert rows(warehouse, result)[1].num_rows == 25_000


@pytest.mark.parametrize(
    ("reason", "message", "code", "kind"),
    [
        ("quotaExceeded", "Quota exceeded: too many queries.", "quota", QueryFailed),
        ("jobRateLimitExceeded", "Exceeded rate limits.", "quota", QueryFailed),
        ("jobBackendError", "The job encountered an error.", "job_failed", QueryFailed),
        (
            "quotaExceeded",
            "Custom quota exceeded: Your usage exceeded the custom quota for QueryUsagePerDay.",
            "daily_quota",
            PermanentError,
        ),
        ("billingNotEnabled", "Billing has not been enabled.", "billing_off", PermanentError),
        ("resourcesExceeded", "Resources exceeded.", "resources_exceeded", PermanentError),
        ("responseTooLarge", "Response too large.", "response_too_large", PermanentError),
        ("stopped", "Job execution was cancelled.", "job_stopped", PermanentError),
        (
            "bytesBilledLimitExceeded",
            "Query exceeded limit for bytes billed: 1000000. 2000000 or higher required.",
            "bytes_cap",
            PermanentError,
        ),
    ],
)
def test_what_a_running_query_ends_with_is_told(
    bigquery, warehouse, users, reason, message, code, kind
):
    bigquery.sandbox.add_fault(
        action="reject", operation="bq.job.run", status=400, reason=reason, message=message
    )

    failure = refusal(lambda: run(warehouse, Query(table="users")))

    assert (failure.code, type(failure)) == (code, kind)


def test_a_query_that_takes_longer_is_not_there_yet(bigquery, warehouse, users):
    fault = bigquery.sandbox.add_fault(action="hold", operation="bq.job.run")
    warehouse.start(Query(table="users"), job_id="import-3", max_bytes=ENOUGH)

    assert warehouse.wait("import-3", timeout_s=0.3) is None
    bigquery.sandbox.console.release_fault(fault)
    assert warehouse.wait("import-3", timeout_s=30).rows == 25_000


def test_a_lost_answer_to_a_begun_job_begins_no_second_one(bigquery, warehouse, users):
    bigquery.sandbox.add_fault(
        action="fail_after_write", operation="bq.job.insert", status=503, times=1
    )

    assert run(warehouse, Query(table="users")).rows == 25_000


def test_it_shows_no_key(warehouse):
    assert repr(warehouse) == "BigQueryWarehouse('partners-sandbox.shop')"
