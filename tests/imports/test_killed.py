"""The product's own worker processes are killed, the queue is flushed: the result is the same.

See test_torture.py for everything else that can happen to them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from django.contrib.auth.models import User
from redis import Redis

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.lake import events_uri
from imports.mapping import Mapping, Property
from imports.models import Import, ImportBatch, ImportRun
from imports.services import import_run_now
from tests.connections import connect_dataset
from tests.imports.shop import make_import
from tests.processes import Worker, environment_for_tests, manage, wait_until
from tests.services import BigQuery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

# More than a megabyte, so that it is read in several streams.
ROWS = 4_000
TABLE = f"""
CREATE TABLE visits AS SELECT n AS id, CONCAT('u-', CAST(n AS STRING)) AS who,
REPEAT('note ', 80) AS note, n AS moved FROM UNNEST(GENERATE_ARRAY(1, {ROWS})) AS n
"""
VISITS = Mapping(
    kind="events",
    identity_column="who",
    cursor_column="moved",
    cursor_kind="epoch_s",
    event_name="Visit",
    properties=(Property("id", "id", "long"), Property("note", "note", "string")),
)
STREAMS = 4


class Crew:
    """A scheduler and workers. Nobody but the test ever replaces a killed worker."""

    def __init__(self, stack: ExitStack, environment: dict[str, str]) -> None:
        self._stack = stack
        self._environment = environment

    def start(self, *arguments: str) -> Worker:
        return self._stack.enter_context(manage(*arguments, environment=self._environment))

    def start_worker(self) -> Worker:
        # One process: the child of another class would outlive its parent, and finish the work.
        return self.start("rqworker", "default", "--worker-class", "rq.SimpleWorker")


@pytest.fixture
def queue(valkey: str) -> Redis:
    client = Redis.from_url(valkey, socket_timeout=5)
    client.flushall()
    return client


@pytest.fixture
def item(beta: Account, bigquery: BigQuery) -> Import:
    bigquery.create_dataset("shop")
    bigquery.run_sql(TABLE)
    connection = connect_dataset(beta, bigquery.create_account(datasets=["shop"]), "shop")
    return make_import(connection, VISITS, "visits")


@pytest.fixture
def crew(queue: Redis, valkey: str, bigquery: BigQuery) -> Iterator[Crew]:
    with ExitStack() as stack:
        environment = environment_for_tests(valkey)
        crew = Crew(stack, {**environment, "PARTNERS_IMPORT_MAX_STREAMS": str(STREAMS)})
        crew.start("run_scheduler")
        yield crew


def is_done(run: ImportRun) -> bool:
    run.refresh_from_db()
    assert not run.trouble_code, run.trouble_message
    return run.status == ImportRun.Status.DONE


def assert_complete(item: Import, run: ImportRun) -> None:
    """Every row once, told as such."""
    rows = pa.table(DeltaTable(events_uri(item.account_id)).to_pyarrow_table())
    found = Counter(json.loads(each)["id"] for each in rows.column("event_props").to_pylist())
    assert found == Counter(range(1, ROWS + 1))
    assert (run.rows_read, run.rows_imported, run.rows_failed) == (ROWS, ROWS, 0)
    item.refresh_from_db()
    assert item.cursor_us == ROWS * 1_000_000


def test_an_import_survives_a_worker_killed_while_it_reads(
    item: Import, crew: Crew, bigquery: BigQuery, member: User
) -> None:
    bigquery.sandbox.add_fault(operation="bq.read", action="hold", seconds=60, path="streams/2")
    import_run_now(item=item, actor=member)
    run = item.runs.get()
    first = crew.start_worker()
    wait_until(lambda: not bigquery.sandbox.console.faults(), "a stream that hangs")
    first.kill()
    assert not is_done(run)
    before = set(ImportBatch.objects.values_list("pk", flat=True))
    assert len(before) == STREAMS - 2
    crew.start_worker()
    wait_until(lambda: is_done(run), "the second worker to finish")
    assert before < set(ImportBatch.objects.values_list("pk", flat=True))
    assert_complete(item, run)


def test_an_import_survives_a_flushed_queue(
    item: Import, crew: Crew, bigquery: BigQuery, member: User, queue: Redis
) -> None:
    import_run_now(item=item, actor=member)
    queue.flushall()
    run = item.runs.get()
    bigquery.sandbox.add_fault(operation="bq.job.run", action="hold", seconds=1)
    crew.start_worker()
    wait_until(lambda: "bq.job.insert" in bigquery.sandbox.operations(), "the query to begin")
    queue.flushall()
    wait_until(lambda: is_done(run), "the import to be done")
    assert_complete(item, run)
