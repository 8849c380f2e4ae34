"""Whatever arrives when, however late, and whoever dies: every event goes out with one run."""

from __future__ import annotations

import datetime
import itertools
import json
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clevertap_partners.accounts.models import Account, Role
from clevertap_partners.accounts.services import member_set
from clevertap_partners.core.objects import NewObject, StoredObject
from clevertap_partners.eventstore.lake import events_uri
from clevertap_partners.eventstore.upkeep_work import upkeep_now
from exports import steps
from exports.models import Export, ExportRun
from exports.recurrence import windows_tick
from exports.services import export_create, export_run_now
from exports.work import take_step
from integrations.models import Connection
from tests.exports.conftest import spec_for
from tests.fakes.memory import MemorySink
from tests.lakes import write_lake

pytestmark = pytest.mark.django_db

START = datetime.datetime(2026, 11, 2, 9, 30, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
DAY_S = 86_400
ACCOUNTS = itertools.count(500_000_000)
# Steps after which a run must have come to its end.
STEPS = 400


class Killed(BaseException):
    """As if the worker had ended here: nothing is written after it, not even that it failed."""


class DeadlySink(MemorySink):
    """A bucket at which workers die, before or after their object is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.deaths: list[str] = []

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        death = self.deaths.pop() if self.deaths else ""
        if death == "before":
            raise Killed
        stored = super().create(new, body)
        if death == "after":
            raise Killed
        return stored


class World:
    """One account with a recurring export of all events, and all that ever arrived."""

    def __init__(self, clock: Any, sink: DeadlySink, lake: Path) -> None:
        self.clock, self.sink = clock, sink
        number = next(ACCOUNTS)
        self.account = Account.objects.create(
            account_id=number, name="Windows", plan=Account.Plan.ENTERPRISE, time_zone="UTC"
        )
        self.person = User.objects.create_user(f"{uuid.uuid4().hex}@example.com")
        member_set(account=self.account, user=self.person, role=Role.MEMBER)
        self.connection = Connection.objects.create(
            account=self.account,
            partner="google-cloud",
            nickname="Warehouse",
            target="exports",
            key_added_at=timezone.now(),
        )
        self.table = Path(events_uri(number))
        self.loads = itertools.count()
        self.wanted: Counter[tuple[str, str]] = Counter()
        self.export: Export | None = None

    def load(self, days_late: list[int], *, counts: bool = True) -> None:
        """Events of these many days ago, of two names."""
        number = next(self.loads)
        now = int(timezone.now().timestamp())
        rows = [
            {
                "type": "event",
                "identity": "u",
                "evtName": "AB"[place % 2],
                "ts": now - DAY_S * late,
                "record_id": f"{number}-{place}",
                "evtData": {"n": f"{number}-{place}"},
            }
            for place, late in enumerate(days_late)
        ]
        write_lake(self.table, rows, load=f"load-{number}")
        self.clock.shift(datetime.timedelta(seconds=1))
        if counts:
            for row in rows:
                day = datetime.datetime.fromtimestamp(row["ts"], datetime.UTC)
                self.wanted[f"{day:%Y%m%d}", row["record_id"]] += 1

    def create(self, hours: int) -> None:
        spec = spec_for(
            self.connection,
            frequency="recurring",
            range_kind="",
            first_day=START.date(),
            last_day=None,
            interval_hours=hours,
            starts_at=START,
        )
        self.export = export_create(
            account=self.account, connection=self.connection, spec=spec, actor=self.person
        )
        self.clock.shift(datetime.timedelta(seconds=1))

    def pass_time(self, hours: float) -> None:
        self.clock.shift(hours * HOUR)

    def work(self, deaths: list[str]) -> None:
        """The scheduler ticks, workers work, and some of them die."""
        self.sink.deaths = list(deaths)
        for _ in range(STEPS):
            windows_tick()
            try:
                if not take_step():
                    return
            except Killed:
                # Until its lease is over, or a failed attempt's pause.
                self.clock.shift(datetime.timedelta(minutes=3))
        raise AssertionError("The work comes to no end.")

    def run_now(self) -> None:
        assert self.export is not None
        export_run_now(export=self.export, actor=self.person)

    def tidy(self) -> None:
        """Compaction and vacuum, as the scheduler has them done."""
        upkeep_now(account=self.account)

    def sent(self) -> Counter[tuple[str, str]]:
        """Of every record in the bucket: the day in the file's name, and the record's number."""
        found: Counter[tuple[str, str]] = Counter()
        for name, content in self.sink.objects.items():
            if not name.endswith("manifest.json"):
                day = name.split("-")[3]
                for line in content.decode().splitlines()[1:]:
                    found[day, json.loads(line)["eventProps"]["n"]] += 1
        return found


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> DeadlySink:
    bucket = DeadlySink()
    monkeypatch.setattr(steps, "connection_open_sink", lambda **_: bucket)
    return bucket


Late = st.integers(0, 40)
Doings = st.one_of(
    st.tuples(st.just("load"), st.lists(Late, min_size=1, max_size=5)),
    st.tuples(st.just("pass_time"), st.floats(0.1, 30)),
    st.tuples(st.just("work"), st.lists(st.sampled_from(["before", "after", ""]), max_size=3)),
    st.tuples(st.just("run_now")),
    st.tuples(st.just("tidy")),
)


@settings(
    max_examples=12,
    # An example takes two seconds: making a failing one smaller would take many minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    hours=st.sampled_from([4, 6, 24]),
    earlier=st.lists(st.integers(0, 3), max_size=4),
    doings=st.lists(Doings, min_size=3, max_size=14),
)
def test_every_event_goes_out_once_in_a_file_of_its_own_day(
    hours: int, earlier: list[int], doings: list[tuple[Any, ...]], sink: DeadlySink, tmp_path: Path
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        sink.objects.clear()
        sink.stored.clear()
        world = World(clock, sink, tmp_path)
        # What is there before is sent from the start day on.
        if today := [late for late in earlier if late == 0]:
            world.load(today)
        if before := [late for late in earlier if late > 0]:
            world.load(before, counts=False)
        world.create(hours)
        for name, *arguments in doings:
            getattr(world, name)(*arguments)
        world.pass_time(25)
        world.work([])
        assert world.sent() == world.wanted
        assert world.export is not None
        assert not world.export.runs.exclude(status=ExportRun.Status.DONE).exists()
        check_chain(world.export)


def check_chain(export: Export) -> None:
    """Each run goes on where the one before it ended."""
    runs = list(export.runs.order_by("pk"))
    assert runs[0].since_version is None
    for before, after in itertools.pairwise(runs):
        assert after.since_version == (before.store_version or 0)
