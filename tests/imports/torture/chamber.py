"""Everything that a torture needs around it, and one import from its start to its verdict."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

from django.contrib.auth.models import User
from django.db import connection as database
from django.test.utils import override_settings
from redis import Redis

from clevertap_partners.accounts.models import Account
from clevertap_partners.sandbox import processes
from imports import mapping
from imports.models import Import, ImportRun
from imports.services import import_run_now
from integrations.models import Connection
from integrations.services import connection_open_warehouse
from integrations.warehouse import Query
from tests.connections import connect_dataset
from tests.imports.torture.scenario import Scenario, Stage, scenario
from tests.imports.torture.source import create_sql, insert_sql
from tests.imports.torture.storm import ImportStorm
from tests.imports.torture.tally import ImportTally
from tests.imports.torture.verdict import judge
from tests.processes import environment_for_tests
from tests.services import BigQuery, Sandbox, settings_for
from tests.torture.crew import LEASE, Crew, crew_at_work
from tests.torture.storm import Hands, Ordeal, Stuck
from tests.torture.tally import Verdict

FIRST_ACCOUNT = 400_000_000
DATASET = "torture"
POINTS = "tests.imports.torture.points"
# Small messages, batches and streams, so that there are many places to be killed at.
OF_SANDBOX = {"PARTNERS_SANDBOX_MESSAGE_ROWS": "75"}
SMALL = {"PARTNERS_IMPORT_BATCH_ROWS": "75", "PARTNERS_IMPORT_MAX_STREAMS": "3"}


@dataclass(frozen=True)
class Chamber:
    """Services that many imports share; each has an account and a table of its own."""

    crew: Crew
    bigquery: BigQuery
    queue: Redis
    key: dict[str, str]
    person: User

    def torture(self, seed: int, number: int, tally: ImportTally) -> None:
        """One import. What came of it goes into the tally; a run without an end counts too."""
        wanted = scenario(seed, number)
        table = f"t_{number}"
        self.bigquery.run_sql(create_sql(table, wanted.mapping.cursor_kind), dataset=DATASET)
        item = self._import(wanted, table)
        verdict = Verdict()
        for number_of_run, make in enumerate((wanted.first, wanted.second, wanted.third), start=1):
            found = self._run(wanted, make(), item, tally)
            verdict.expected += found.expected
            verdict.lost += found.lost
            verdict.doubled += found.doubled
            verdict.broken += [f"run {number_of_run}: {each}" for each in found.broken]
            if verdict.lost or verdict.doubled or verdict.broken:
                break
        kind = f"{wanted.mapping.kind}, {wanted.mapping.cursor_kind or 'no cursor'}"
        tally.count_run(wanted.label, verdict, kind=kind, database=database.vendor)

    def _import(self, wanted: Scenario, table: str) -> Import:
        account = Account.objects.create(
            account_id=FIRST_ACCOUNT + wanted.number,
            name=f"Torture {wanted.number}",
            plan=Account.Plan.ENTERPRISE,
            time_zone="UTC",
            bigquery_import=True,
        )
        connection = connect_dataset(account, self.key, DATASET)
        return make_import(connection, wanted.mapping, table)

    def _run(self, wanted: Scenario, stage: Stage, item: Import, tally: ImportTally) -> Verdict:
        if stage.added:
            sql = insert_sql(item.table, wanted.mapping.cursor_kind, stage.added)
            self.bigquery.run_sql(sql, dataset=DATASET)
        import_run_now(item=item, actor=self.person)
        run = item.runs.latest("pk")
        seed = f"{wanted.seed}-{wanted.number}-{run.number}"
        label = f"{wanted.label}, run {run.number}"
        ordeal = Ordeal(label, seed, stage.workers, stage.bullets, stage.blows)
        hands = Hands(self.crew, self.bigquery.sandbox, self.queue)
        try:
            with tempfile.TemporaryDirectory(prefix="partners-bullets-") as folder:
                storm = ImportStorm(ordeal, run, rows=stage.told.read, hands=hands)
                storm.carry_out(Path(folder), tally)
        except Stuck as error:
            return Verdict(expected=stage.told.imported, broken=[str(error)])
        run.refresh_from_db()
        count(run, tally)
        return judge(item, run, wanted.expected, stage.told)


def count(run: ImportRun, tally: ImportTally) -> None:
    tally.runs_of_imports += 1
    tally.rows_read += run.rows_read
    tally.rows_imported += run.rows_imported
    tally.rows_failed += run.rows_failed
    tally.rows_known += run.rows_known
    tally.begun_anew += run.generation


def make_import(connection: Connection, chosen: mapping.Mapping, table: str) -> Import:
    """Ready to be run by hand."""
    columns = connection_open_warehouse(connection=connection).estimate(Query(table=table)).columns
    return Import.objects.create(
        account=connection.account,
        partner=connection.partner,
        connection=connection,
        connection_name=connection.nickname,
        nickname=table,
        source=Import.Source.TABLE,
        table=table,
        kind=chosen.kind,
        mapping=mapping.as_json(chosen),
        columns=[asdict(column) for column in columns],
        frequency=Import.Frequency.MANUAL,
        schedule={"when": "later"},
        status=Import.Status.READY,
    )


new_tally = ImportTally


@contextmanager
def chamber_at_work(*, sandbox: Sandbox, valkey: str, person: User) -> Iterator[Chamber]:
    """With a crew of its own, and an empty queue. The sandbox has been started with small
    messages, or its BigQuery has not been started yet."""
    queue = Redis.from_url(valkey, socket_timeout=5)
    queue.flushall()
    address = sandbox.console.start_bigquery()
    with override_settings(GOOGLE_BIGQUERY_STORAGE_ADDRESS=address):
        environment = {**environment_for_tests(valkey), **LEASE, **SMALL}
        bigquery = BigQuery(sandbox, address)
        bigquery.create_dataset(DATASET)
        key = bigquery.create_account(datasets=[DATASET])
        with crew_at_work(environment, points=POINTS) as crew:
            yield Chamber(crew, bigquery, queue, key, person)


@contextmanager
def sandbox_of_small_messages() -> Iterator[Sandbox]:
    """One whose BigQuery sends few rows at a time."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="partners-torture-")))
        stack.enter_context(mock.patch.dict(os.environ, OF_SANDBOX))
        service = processes.start_sandbox(folder=folder)
        stack.enter_context(processes.stopping(service))
        stack.enter_context(override_settings(**settings_for(service.url)))
        yield Sandbox(service.url)
