"""A month of a recurring export, with whatever a month brings; then its bucket is read."""

from __future__ import annotations

import csv
import datetime
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.objects import NewObject, StoredObject
from clevertap_partners.eventstore.lake import events_uri
from clevertap_partners.eventstore.models import LakeUpkeep
from clevertap_partners.eventstore.upkeep_work import upkeep_now
from clevertap_partners.mail.models import Mail
from exports import steps
from exports.escalation import incidents_tick
from exports.models import ExportRun, Incident
from exports.recurrence import windows_tick
from exports.services import export_create, export_edit, export_run_now
from exports.work import take_step
from integrations.models import Connection
from integrations.partners.gcs.forms import config_text
from integrations.partners.google.keys import parse_key
from integrations.services import connection_open_sink, connection_store_key
from tests.connections import CREATE_ONLY, connect
from tests.exports.conftest import spec_for
from tests.lakes import write_lake
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.services]

HOUR = datetime.timedelta(hours=1)
# In Berlin daylight saving ends in the second week of it.
START = datetime.datetime(2026, 10, 12, 22, 0, tzinfo=datetime.UTC)
DAYS = 30
STEP = 2 * HOUR
DAY_S = 86_400


class Killed(BaseException):
    """As if the worker had ended here: nothing is written after it, not even that it failed."""


class MortalSink:
    """The real bucket, at which a worker dies now and then."""

    def __init__(self, sink: Any, dies: Callable[[], bool]) -> None:
        self._sink, self._dies = sink, dies
        self.look, self.listing = sink.look, sink.listing

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        if self._dies():
            raise Killed
        stored: StoredObject = self._sink.create(new, body)
        if self._dies():
            raise Killed
        return stored


class Month:
    """What happens when. All chance comes from one seed."""

    def __init__(
        self, sandbox: Sandbox, account: Account, person: User, clock: Any, committing: Any
    ) -> None:
        self.sandbox, self.account, self.person, self.clock = sandbox, account, person, clock
        self.committing = committing
        self.chance = random.Random(20261122)  # noqa: S311
        self.arrived: Counter[tuple[str, str, str]] = Counter()
        self.kills = self.loads = 0
        self.scheduler_is_up = True
        sandbox.create_bucket("month", retention_s=40 * DAY_S)
        self.key = sandbox.create_service_account(buckets=["month"], role=CREATE_ONLY)
        self.connection = connect(account, self.key, "month")
        self.export = export_create(
            account=account, connection=self.connection, spec=self.spec(12), actor=person
        )

    def spec(self, hours: int, **more: Any) -> Any:
        return spec_for(
            self.connection,
            frequency="recurring",
            range_kind="",
            first_day=START.astimezone(self.account.zone).date(),
            last_day=None,
            interval_hours=hours,
            starts_at=START,
            **more,
        )

    def live(self) -> None:
        for step in range(DAYS * 24 // 2):
            self.move_to(START + step * STEP)
            self.arrive()
            for doing in self.calendar().get(step, ()):
                doing()
            self.work()
        self.move_to(START + DAYS * 24 * HOUR + STEP)
        self.work()

    def calendar(self) -> dict[int, list[Callable[[], object]]]:
        """Steps of two hours."""
        tidy = {step: [self.tidy] for step in range(30, 360, 36)}
        return tidy | {
            40: [lambda: setattr(self, "scheduler_is_up", False)],
            61: [lambda: setattr(self, "scheduler_is_up", True)],
            80: [self.google_is_down],
            100: [self.disable_key],
            110: [self.check_attention, self.new_key],
            150: [lambda: self.edit(8)],
            151: [self.run_now],
            200: [lambda: self.edit(24, format="csv")],
            240: [lambda: self.edit(12)],
            300: [lambda: setattr(self, "scheduler_is_up", False)],
            304: [lambda: setattr(self, "scheduler_is_up", True), self.run_now],
        }

    def move_to(self, moment: datetime.datetime) -> None:
        self.clock.move_to(moment)
        self.sandbox.console.set_clock_skew(moment.timestamp() - real_time())

    def arrive(self) -> None:
        """A batch of events, most of today, some days late."""
        if self.chance.random() < 0.4:
            return
        self.loads += 1
        rows = [self.event(place) for place in range(self.chance.randint(1, 14))]
        write_lake(Path(events_uri(self.account.pk)), rows, load=f"load-{self.loads}")
        for row in rows:
            day = datetime.datetime.fromtimestamp(row["ts"], datetime.UTC)
            self.arrived[row["evtName"], f"{day:%Y%m%d}", row["evtData"]["n"]] += 1

    def event(self, place: int) -> dict[str, Any]:
        late = self.chance.choice([0] * 30 + [1, 17])
        number = f"{self.loads}-{place}"
        return {
            "type": "event",
            "identity": "u",
            "evtName": self.chance.choice(["Charged", "App Launched"]),
            "ts": int(timezone.now().timestamp()) - DAY_S * late,
            "record_id": number,
            "evtData": {"n": number},
        }

    def work(self) -> None:
        """The scheduler and the workers, until nothing is left to do now."""
        while True:
            if self.scheduler_is_up:
                windows_tick()
                incidents_tick()
            try:
                if not take_step():
                    return
            except Killed:
                self.kills += 1
                self.clock.shift(datetime.timedelta(minutes=2))

    def open_sink(self, *, connection: Connection) -> MortalSink:
        return MortalSink(connection_open_sink(connection=connection), self.dies)

    def dies(self) -> bool:
        return self.chance.random() < 0.05

    def tidy(self) -> None:
        LakeUpkeep.objects.filter(account=self.account).delete()
        upkeep_now(account=self.account)

    def google_is_down(self) -> None:
        self.sandbox.add_fault(action="fail_after_write", operation="upload", times=1)
        self.sandbox.add_fault(action="reject", operation="upload", status=503, times=2)

    def disable_key(self) -> None:
        self.sandbox.console.disable_key(self.key["client_email"], self.key["private_key_id"])

    def check_attention(self) -> None:
        self.export.refresh_from_db()
        assert self.export.trouble_code == "key_deleted"
        assert Incident.objects.get(closed_at=None).export == self.export

    def new_key(self) -> None:
        key = self.sandbox.console.add_key(self.key["client_email"])["key"]
        config = config_text("month", parse_key(json.dumps(key), [key["token_uri"]]))
        with self.committing(execute=True):
            connection_store_key(connection=self.connection, config_text=config, actor=self.person)

    def edit(self, hours: int, **more: Any) -> None:
        export_edit(
            export=self.export,
            connection=self.connection,
            spec=self.spec(hours, **more),
            actor=self.person,
        )

    def run_now(self) -> None:
        export_run_now(export=self.export, actor=self.person)


def real_time() -> float:
    """The time that the gateway has, which is a process of its own."""
    return time_machine.escape_hatch.time.time()


@pytest.fixture
def month(
    sandbox: Sandbox,
    account: Account,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> Iterator[Month]:
    Account.objects.filter(pk=account.pk).update(time_zone="Europe/Berlin")
    account.refresh_from_db()
    with time_machine.travel(START, tick=True) as clock:
        sandbox.console.set_clock_skew(START.timestamp() - real_time())
        month = Month(sandbox, account, member, clock, django_capture_on_commit_callbacks)
        monkeypatch.setattr(steps, "connection_open_sink", month.open_sink)
        yield month


def in_bucket(sandbox: Sandbox) -> Counter[tuple[str, str, str]]:
    """Event, day by the manifest, and number of every record in every file of every manifest."""
    found: Counter[tuple[str, str, str]] = Counter()
    for manifest in manifests(sandbox):
        for file in manifest["files"]:
            numbers = read(file["name"], sandbox.read("month", file["name"]).decode())
            assert len(numbers) == file["rows"]
            day = file["event_day"].replace("-", "")
            assert f"-{day}-" in file["name"]
            found.update((file["event_name"], day, number) for number in numbers)
    return found


def read(name: str, content: str) -> list[str]:
    """The numbers of a file's records."""
    if name.endswith(".csv"):
        return [row["eventProps.n"] for row in csv.DictReader(io.StringIO(content))]
    return [json.loads(line)["eventProps"]["n"] for line in content.splitlines()[1:]]


def manifests(sandbox: Sandbox) -> list[dict[str, Any]]:
    names = [name for name in sandbox.names("month") if name.endswith("-manifest.json")]
    return [json.loads(sandbox.read("month", name)) for name in names]


@pytest.mark.timeout(300)
def test_after_a_month_every_event_is_in_the_bucket_once(month: Month) -> None:
    month.live()
    assert month.arrived.total() > 1_000 and month.kills > 10
    assert in_bucket(month.sandbox) == month.arrived
    told = manifests(month.sandbox)
    names = [file["name"] for manifest in told for file in manifest["files"]]
    # Nothing lies there that no manifest names, and the manifests are a chain without a gap.
    assert sorted(names) == [
        name for name in month.sandbox.names("month") if not name.endswith("-manifest.json")
    ]
    assert [one["previous_manifest"] for one in told[1:]] == [
        f"{one['request_id']}-{one['run_timestamp']}-manifest.json" for one in told[:-1]
    ]
    assert told[0]["previous_manifest"] is None
    # The key that was refused for twenty hours: told once, and once that all is well.
    incident = Incident.objects.get()
    assert (incident.code, incident.outcome) == ("key_deleted", "recovered")
    assert Mail.objects.filter(account=month.account).count() == 2
    month.export.refresh_from_db()
    assert (month.export.status, month.export.trouble_code) == ("pending", "")
    assert not month.export.runs.exclude(status=ExportRun.Status.DONE).exists()
