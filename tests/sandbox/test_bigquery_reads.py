"""The Storage Read API through the official client: streams, offsets, rights, expiry, faults."""

from __future__ import annotations

import datetime
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.api_core.exceptions import (
    NotFound,
    PermissionDenied,
    ServiceUnavailable,
    Unauthenticated,
)
from google.cloud.bigquery_storage_v1 import types

from clevertap_partners.sandbox.client import JOB_USER, PROJECT, READ_SESSION_USER
from tests.services import BigQuery

pytestmark = pytest.mark.services
ROWS = 150_000
TABLE = f"projects/{PROJECT}/datasets/shop/tables/numbers"


@pytest.fixture
def key(bigquery: BigQuery) -> dict[str, Any]:
    shop = bigquery.create_dataset("shop")
    bigquery.run_sql(
        "CREATE TABLE numbers AS SELECT n AS id, CONCAT('number ', CAST(n AS STRING)) AS name "
        f"FROM UNNEST(GENERATE_ARRAY(0, {ROWS - 1})) AS n"
    )
    return bigquery.create_account(datasets=[shop])


def open_session(client: Any, table: str = TABLE, *, streams: int = 0) -> Any:
    asked = types.ReadSession(table=table, data_format=types.DataFormat.ARROW)
    return client.create_read_session(
        parent=f"projects/{PROJECT}", read_session=asked, max_stream_count=streams, retry=None
    )


def read(client: Any, session: Any, name: str, offset: int = 0) -> list[pa.RecordBatch]:
    """Without the reader of the library, which would carry on after a fault by itself."""
    schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    asked = types.ReadRowsRequest(read_stream=name, offset=offset)
    answers = client._transport.read_rows(asked, timeout=30)
    return [
        pa.ipc.read_record_batch(
            pa.py_buffer(one.arrow_record_batch.serialized_record_batch), schema
        )
        for one in answers
    ]


def raw_read(client: Any, name: str) -> Any:
    """The messages of a stream."""
    return client._transport.read_rows(types.ReadRowsRequest(read_stream=name), timeout=30)


def ids(batches: list[pa.RecordBatch]) -> list[int]:
    return [value for batch in batches for value in batch.column("id").to_pylist()]


def test_streams_hold_every_row_once(bigquery: BigQuery, key: dict[str, Any]) -> None:
    client = bigquery.read_client(key)
    session = open_session(client)
    assert len(session.streams) == 4
    found = [one for stream in session.streams for one in ids(read(client, session, stream.name))]
    assert found == list(range(ROWS))


@pytest.mark.parametrize("offset", [1, 65_536, ROWS - 1, ROWS])
def test_a_read_starts_at_its_offset(bigquery: BigQuery, key: dict[str, Any], offset: int) -> None:
    client = bigquery.read_client(key)
    session = open_session(client, streams=1)
    found = ids(read(client, session, session.streams[0].name, offset))
    assert found == list(range(offset, ROWS))


def test_half_a_stream_and_the_other_half_are_the_whole(
    bigquery: BigQuery, key: dict[str, Any]
) -> None:
    client = bigquery.read_client(key)
    session = open_session(client, streams=1)
    halves = client.split_read_stream(
        request=types.SplitReadStreamRequest(name=session.streams[0].name, fraction=0.3)
    )
    found = ids(read(client, session, halves.primary_stream.name))
    assert len(found) == ROWS * 3 // 10
    assert found + ids(read(client, session, halves.remainder_stream.name)) == list(range(ROWS))


def test_the_result_of_a_query_is_read_as_arrow(bigquery: BigQuery, key: dict[str, Any]) -> None:
    job = bigquery.client(key).query("SELECT id * 2 AS id, 1 AS at FROM shop.numbers", retry=None)
    job.result(retry=None, timeout=20)
    table = f"projects/{PROJECT}/datasets/{job.destination.dataset_id}/tables/"
    client = bigquery.read_client(key)
    session = open_session(client, table + job.destination.table_id)
    found = [one for stream in session.streams for one in ids(read(client, session, stream.name))]
    assert sorted(found) == [2 * n for n in range(ROWS)]
    other = bigquery.read_client(bigquery.create_account("another", datasets=["shop"]))
    with pytest.raises(PermissionDenied, match=r"bigquery\.tables\.getData"):
        open_session(other, table + job.destination.table_id)


def test_only_known_tokens_read(bigquery: BigQuery, key: dict[str, Any]) -> None:
    client = bigquery.read_client(key)
    session = open_session(client)
    bigquery.sandbox.console.sign_out(key["client_email"])
    with pytest.raises(Unauthenticated):
        open_session(client)
    with pytest.raises(grpc.RpcError) as refused:
        read(client, session, session.streams[0].name)
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_reading_needs_its_rights(bigquery: BigQuery, key: dict[str, Any]) -> None:
    client = bigquery.read_client(key)
    session = open_session(client)
    bigquery.grant_project(key, JOB_USER)
    with pytest.raises(PermissionDenied, match=r"bigquery\.readsessions\.create"):
        open_session(client)
    with pytest.raises(grpc.RpcError, match=r"bigquery\.readsessions\.getData"):
        read(client, session, session.streams[0].name)
    bigquery.grant_project(key, JOB_USER, READ_SESSION_USER)
    bigquery.grant_dataset("shop", key)
    with pytest.raises(PermissionDenied, match=r"bigquery\.tables\.getData denied on table"):
        open_session(client)
    assert ids(read(client, session, session.streams[0].name)), "a session stays what it is"


def test_a_table_that_is_not_there_is_not_found(bigquery: BigQuery, key: dict[str, Any]) -> None:
    client = bigquery.read_client(key)
    with pytest.raises(NotFound):
        open_session(client, f"projects/{PROJECT}/datasets/shop/tables/nothing")
    with pytest.raises(NotFound, match=f"Not found: Dataset {PROJECT}:nowhere"):
        open_session(client, f"projects/{PROJECT}/datasets/nowhere/tables/nothing")


def test_a_session_is_over_after_six_hours(bigquery: BigQuery, key: dict[str, Any]) -> None:
    client, console = bigquery.read_client(key), bigquery.sandbox.console
    session = open_session(client)
    now = datetime.datetime.now(datetime.UTC)
    assert 5.9 < (session.expire_time - now).total_seconds() / 3600 < 6.1
    console.expire_read_sessions()
    with pytest.raises(grpc.RpcError, match="session expired at") as refused:
        read(client, session, session.streams[0].name)
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert open_session(client).streams


FAULTS = [
    ({"action": "reject", "status": 503}, grpc.StatusCode.UNAVAILABLE),
    ({"action": "reject", "status": 403}, grpc.StatusCode.PERMISSION_DENIED),
    ({"action": "cut"}, grpc.StatusCode.UNAVAILABLE),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS)
def test_a_stream_breaks_after_some_messages_and_goes_on_from_there(
    bigquery: BigQuery, key: dict[str, Any], fault: dict[str, Any], code: grpc.StatusCode
) -> None:
    client = bigquery.read_client(key)
    session = open_session(client, streams=1)
    stream = session.streams[0].name
    bigquery.sandbox.add_fault(operation="bq.read", after_messages=1, **fault)
    got, answers = 0, raw_read(client, stream)
    with pytest.raises(grpc.RpcError) as broken:
        for answer in answers:
            got += answer.row_count
    assert (broken.value.code(), 0 < got < ROWS) == (code, True)
    assert len(ids(read(client, session, stream, got))) == ROWS - got


def test_reads_that_broke_off_leave_room_for_others(
    bigquery: BigQuery, key: dict[str, Any]
) -> None:
    client = bigquery.read_client(key)
    session = open_session(client, streams=1)
    stream = session.streams[0].name
    bigquery.sandbox.add_fault(
        operation="bq.read", after_messages=1, action="reject", status=503, times=20
    )
    for _ in range(20):
        with pytest.raises(grpc.RpcError, match="UNAVAILABLE"):
            list(raw_read(client, stream))
    assert len(ids(read(client, session, stream, 0))) == ROWS


def test_a_read_waits_until_it_is_released(bigquery: BigQuery, key: dict[str, Any]) -> None:
    client = bigquery.read_client(key)
    session = open_session(client, streams=1)
    fault = bigquery.sandbox.add_fault(action="hold", operation="bq.read", after_messages=1)
    answers = raw_read(client, session.streams[0].name)
    first = next(answers)
    bigquery.sandbox.console.release_fault(fault)
    assert first.row_count + sum(one.row_count for one in answers) == ROWS


def test_a_session_that_fails_is_told(bigquery: BigQuery, key: dict[str, Any]) -> None:
    client = bigquery.read_client(key)
    bigquery.sandbox.add_fault(action="reject", operation="bq.session.create", status=503)
    with pytest.raises(ServiceUnavailable):
        open_session(client)
    assert open_session(client).streams


def test_reads_are_in_the_journal(bigquery: BigQuery, key: dict[str, Any]) -> None:
    client = bigquery.read_client(key)
    session = open_session(client, streams=1)
    read(client, session, session.streams[0].name, 7)
    calls = [one for one in bigquery.sandbox.console.journal() if one["operation"] != "token"]
    assert [(one["operation"], one["status"], one["caller"]) for one in calls] == [
        ("bq.session.create", 200, key["client_email"]),
        ("bq.read", 200, key["client_email"]),
    ]
    assert calls[0]["permissions"] == ["bigquery.readsessions.create", "bigquery.tables.getData"]
