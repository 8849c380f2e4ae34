"""Everything that a torture needs around it, and one run from its start to its verdict."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import connection as database
from django.test.utils import override_settings
from redis import Redis

from clevertap_partners.accounts.models import Account
from exports.models import Export
from exports.services import export_create
from exports.spec import ExportSpec
from tests.connections import CREATE_AND_READ, connect
from tests.exports.torture.loading import load
from tests.exports.torture.scenario import DAYS, Scenario, scenario
from tests.exports.torture.storm import ExportStorm
from tests.exports.torture.stranger import Stranger
from tests.exports.torture.tally import ExportTally
from tests.exports.torture.verdict import ExportVerdict, judge
from tests.lakes import DAY
from tests.processes import environment_for_tests
from tests.services import Sandbox
from tests.torture.crew import LEASE, Crew, crew_at_work
from tests.torture.storm import Hands, Stuck

FIRST_ACCOUNT = 300_000_000
POINTS = "tests.exports.torture.points"
# Environment that its sandbox starts with.
OF_SANDBOX: dict[str, str] = {}


@dataclass(frozen=True)
class Chamber:
    """Services that many runs share; each run has an account and a bucket of its own."""

    crew: Crew
    sandbox: Sandbox
    queue: Redis
    key: dict[str, Any]
    stranger: Stranger
    person: User

    def torture(self, seed: int, number: int, tally: ExportTally) -> None:
        """One run. What came of it goes into the tally; a run without an end counts too."""
        wanted = scenario(seed, number)
        export = self._prepare(wanted)
        if wanted.intruder:
            self.stranger.comes(export.bucket_name, f"{export.runs.get()}-{wanted.intruder}")
        failures = []
        with tempfile.TemporaryDirectory(prefix="partners-bullets-") as folder:
            hands = Hands(self.crew, self.sandbox, self.queue)
            storm = ExportStorm(wanted, export, hands=hands, stranger=self.stranger)
            try:
                storm.carry_out(Path(folder), tally)
            except Stuck as error:
                failures.append(str(error))
        verdict = self._judge(wanted, export, failures)
        self.stranger.goes()
        tally.add_run(wanted, verdict, database=database.vendor)

    def _prepare(self, wanted: Scenario) -> Export:
        account = Account.objects.create(
            account_id=FIRST_ACCOUNT + wanted.number,
            name=f"Torture {wanted.number}",
            plan=Account.Plan.ENTERPRISE,
            time_zone="UTC",
        )
        load(account, wanted.records)
        self.sandbox.console.clear_journal()
        bucket = self.sandbox.create_bucket(
            f"torture-{wanted.number}", retention_s=86_400 * wanted.locked
        )
        if wanted.locked:
            self.sandbox.console.lock_retention(bucket)
        self.sandbox.grant(bucket, self.key["client_email"], wanted.role)
        self.sandbox.grant(bucket, self.stranger.email, CREATE_AND_READ)
        connection = connect(account, self.key, bucket)
        with override_settings(EXPORT_FILE_MAX_BYTES=wanted.max_bytes):
            spec = spec_of(wanted, connection.pk)
            return export_create(
                account=account, connection=connection, spec=spec, actor=self.person
            )

    def _judge(self, wanted: Scenario, export: Export, failures: list[str]) -> ExportVerdict:
        try:
            verdict = judge(wanted, export, self.sandbox)
        except (AssertionError, ValueError, LookupError, SyntaxError, OSError) as error:
            # What cannot be read back is lost.
            rows = wanted.expected.total()
            verdict = ExportVerdict(
                expected=rows, lost=rows, broken=[f"{type(error).__name__}: {error}"]
            )
        verdict.broken = failures + verdict.broken
        return verdict


new_tally = ExportTally


@contextmanager
def chamber_at_work(*, sandbox: Sandbox, valkey: str, person: User) -> Iterator[Chamber]:
    """With a crew of its own, and an empty queue."""
    queue = Redis.from_url(valkey, socket_timeout=5)
    queue.flushall()
    environment = {**environment_for_tests(valkey), **LEASE}
    with crew_at_work(environment, points=POINTS) as crew:
        key = sandbox.create_service_account("torturer")
        yield Chamber(crew, sandbox, queue, key, Stranger(sandbox), person)


def spec_of(wanted: Scenario, connection_id: int) -> ExportSpec:
    has_days = wanted.type != "all_user_properties"
    return ExportSpec(
        connection_id=connection_id,
        type=wanted.type,
        frequency="once",
        range_kind="date_range" if has_days else "",
        first_day=DAY - datetime.timedelta(days=DAYS - 1) if has_days else None,
        last_day=DAY if has_days else None,
        format=wanted.format,
        event_names=wanted.event_names,
        encode=wanted.encode,
    )
