from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from deltalake import DeltaTable
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import claim
from clevertap_partners.eventstore import needs, upkeep, upkeep_steps, upkeep_work
from clevertap_partners.eventstore.compaction import event_files
from clevertap_partners.eventstore.lake import profiles_uri
from clevertap_partners.eventstore.merge import LakeUnsorted
from clevertap_partners.eventstore.models import LakeUpkeep
from clevertap_partners.eventstore.needs import Needs
from clevertap_partners.eventstore.profiles import ProfileChange, ProfileWriter
from clevertap_partners.eventstore.tasks import run_upkeep
from clevertap_partners.eventstore.upkeep import TASK, upkeep_request, upkeep_tick
from clevertap_partners.eventstore.writer import EventWriter
from tests.eventstore.support import rows_of
from tests.lakes import event

# Long after the events' day, and long after the machine's own clock says that files were made.
START = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the queue was given."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(upkeep, "ring", lambda task, *ids, **_: calls.append((task, *ids)))
    monkeypatch.setattr(upkeep, "waiting", lambda: 0)
    return calls


@pytest.fixture(autouse=True)
def finders(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Nobody needs anything but what a test says."""
    found: list[Any] = []
    monkeypatch.setattr(needs, "_FINDERS", found)
    return found


@pytest.fixture
def row(account: Account) -> LakeUpkeep:
    return LakeUpkeep.objects.create(account=account, next_at=timezone.now())


def load(uri: str, *numbers: int) -> None:
    for number in numbers:
        records = [event("A", at, f"{number}-{at}") for at in range(3)]
        EventWriter(uri).write(rows_of(*records), app_id=f"load-{number}", batch=1)


def hours(count: float) -> datetime.timedelta:
    return datetime.timedelta(hours=count)


def due_again(row: LakeUpkeep) -> datetime.timedelta:
    row.refresh_from_db()
    return row.next_at - timezone.now()


def test_it_compacts_and_says_when_it_looks_again(row: LakeUpkeep, events_table: str) -> None:
    load(events_table, 1, 2, 3)
    run_upkeep(row.account_id)
    assert len(event_files(events_table)) == 1
    assert due_again(row) == hours(1)
    assert (row.files_compacted, row.error, row.lease_until) == (3, "", None)
    assert row.vacuumed_at == timezone.now()
    assert row.events_version == DeltaTable(events_table).version() == 4


def test_profiles_are_compacted_too(row: LakeUpkeep) -> None:
    uri = profiles_uri(row.account_id)
    for number in range(1, 6):
        people = [ProfileChange(f"u-{number}", None, {}, number)]
        ProfileWriter(uri).merge(people, app_id="a", batch=number)
    run_upkeep(row.account_id)
    assert len(DeltaTable(uri).file_uris()) == 1
    row.refresh_from_db()
    assert row.files_compacted == 5


def test_within_a_day_it_waits_until_files_are_many(
    row: LakeUpkeep, events_table: str, clock: time_machine.Traveller
) -> None:
    run_upkeep(row.account_id)
    clock.shift(hours(1))
    load(events_table, 1, 2, 3)
    run_upkeep(row.account_id)
    assert len(event_files(events_table)) == 3
    clock.shift(hours(1))
    load(events_table, 4, 5, 6)
    run_upkeep(row.account_id)
    assert len(event_files(events_table)) == 1


def test_between_two_days_it_does_not_look_into_a_lake_that_is_as_it_was(
    row: LakeUpkeep,
    events_table: str,
    clock: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(events_table, 1)
    run_upkeep(row.account_id)
    monkeypatch.setattr(upkeep_work, "upkeep_carry_out", None)
    clock.shift(hours(2))
    run_upkeep(row.account_id)
    assert row.error == ""
    assert due_again(row) == hours(1)


def test_old_files_go_when_the_retention_is_over(
    row: LakeUpkeep, events_table: str, clock: time_machine.Traveller
) -> None:
    load(events_table, 1, 2, 3)
    run_upkeep(row.account_id)
    clock.shift(datetime.timedelta(days=15))
    run_upkeep(row.account_id)
    row.refresh_from_db()
    assert row.files_deleted == 3
    assert row.freed_bytes > 0
    assert len(list(Path(events_table).glob("event_day=*/*"))) == 1


def test_what_somebody_needs_stays(
    row: LakeUpkeep, events_table: str, clock: time_machine.Traveller, finders: list[Any]
) -> None:
    needs.register(
        lambda account_id: Needs(events_version=3 if account_id == row.account_id else 9)
    )
    needs.register(lambda _: Needs(events_version=7))
    load(events_table, 1, 2, 3)
    run_upkeep(row.account_id)
    clock.shift(datetime.timedelta(days=99))
    run_upkeep(row.account_id)
    row.refresh_from_db()
    assert row.files_deleted == 0
    assert len(DeltaTable(events_table, version=3).to_pyarrow_table()) == 9
    finders.clear()
    clock.shift(datetime.timedelta(days=1))
    run_upkeep(row.account_id)
    row.refresh_from_db()
    assert row.files_deleted == 3


def test_nothing_is_deleted_when_it_cannot_be_told_what_is_needed(
    row: LakeUpkeep, events_table: str, clock: time_machine.Traveller
) -> None:
    def broken(account_id: int) -> Needs:
        raise OSError("the database is away")

    needs.register(broken)
    load(events_table, 1, 2)
    run_upkeep(row.account_id)
    clock.shift(datetime.timedelta(days=99))
    run_upkeep(row.account_id)
    row.refresh_from_db()
    assert (row.files_deleted, row.vacuumed_at) == (0, None)
    assert row.error == "Deleting old files: the database is away"
    assert len(event_files(events_table)) == 1


def test_a_day_that_cannot_be_compacted_does_not_keep_others_from_it(
    row: LakeUpkeep, events_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(events_table, 1, 2)
    later = rows_of(event("A", -86_400, "x"))
    for number in (3, 4):
        EventWriter(events_table).write(later, app_id=f"load-{number}", batch=1)
    original = upkeep_steps.merge_files

    def refusing(uri: str, merge: Any) -> int | None:
        if str(merge.day) == "2026-11-21":
            raise LakeUnsorted("A file of the lake is not sorted.")
        return original(uri, merge)

    monkeypatch.setattr(upkeep_steps, "merge_files", refusing)
    run_upkeep(row.account_id)
    row.refresh_from_db()
    assert row.error == "Compacting 2026-11-21: A file of the lake is not sorted."
    assert len(event_files(events_table)) == 3
    assert row.vacuumed_at is not None


def test_when_the_time_is_up_the_rest_waits_for_a_free_worker(
    row: LakeUpkeep, events_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(events_table, 1, 2)
    with monkeypatch.context() as short:
        short.setattr(upkeep_work, "SLICE_S", -1.0)
        run_upkeep(row.account_id)
    assert due_again(row) == hours(0)
    assert row.vacuumed_at is None
    run_upkeep(row.account_id)
    assert len(event_files(events_table)) == 1


def test_one_worker_at_a_time_looks_after_a_lake(row: LakeUpkeep, events_table: str) -> None:
    load(events_table, 1, 2)
    assert claim(row)
    run_upkeep(row.account_id)
    assert len(event_files(events_table)) == 2


def test_a_worker_that_dies_is_followed_by_another_in_an_hour(
    row: LakeUpkeep,
    events_table: str,
    clock: time_machine.Traveller,
    rung: list[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed(**_: Any) -> None:
        raise KeyboardInterrupt

    load(events_table, 1, 2)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(upkeep_work, "upkeep_carry_out", killed)
        run_upkeep(row.account_id)
    upkeep_tick()
    assert rung == []
    clock.shift(hours(1.1))
    upkeep_tick()
    assert rung == [(TASK, row.account_id)]
    run_upkeep(row.account_id)
    assert len(event_files(events_table)) == 1


def test_the_tick_rings_for_every_account_a_few_at_a_time(
    account: Account,
    other_account: Account,
    rung: list[tuple[Any, ...]],
    clock: time_machine.Traveller,
) -> None:
    third = Account.objects.create(account_id=300_000_000, name="Third")
    upkeep_tick()
    assert rung == []
    clock.shift(hours(1))
    upkeep_tick()
    assert len(rung) == 2
    for _, account_id in list(rung):
        run_upkeep(account_id)
    rung.clear()
    upkeep_tick()
    assert rung == [(TASK, third.pk)]


def test_the_tick_waits_while_anything_else_does(
    row: LakeUpkeep, rung: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "waiting", lambda: 1)
    upkeep_tick()
    assert rung == []


def test_the_tick_counts_those_that_are_at_work(
    row: LakeUpkeep,
    other_account: Account,
    rung: list[tuple[Any, ...]],
    clock: time_machine.Traveller,
) -> None:
    third = Account.objects.create(account_id=300_000_000, name="Third")
    upkeep_tick()
    clock.shift(hours(1))
    for each in LakeUpkeep.objects.filter(account__in=[row.account, third]):
        assert claim(each)
    rung.clear()
    upkeep_tick()
    assert rung == []


def test_a_request_has_everything_done_at_once(
    row: LakeUpkeep, rung: list[tuple[Any, ...]], clock: time_machine.Traveller
) -> None:
    run_upkeep(row.account_id)
    upkeep_request(account=row.account)
    assert due_again(row) == hours(0)
    assert row.vacuumed_at is None
    assert rung == [(TASK, row.account_id)]


def test_an_operator_asks_for_it_in_the_admin(
    row: LakeUpkeep, rung: list[tuple[Any, ...]], client: Client
) -> None:
    client.force_login(
        User.objects.create_superuser("root"), "django.contrib.auth.backends.ModelBackend"
    )
    address = "/admin/eventstore/lakeupkeep/"
    assert client.get(address).status_code == 200
    assert client.get(f"{address}{row.pk}/change/").status_code == 200
    done = client.post(address, {"action": "run_now", "_selected_action": row.pk}, follow=True)
    assert "begins when a worker is free" in done.content.decode()
    assert rung == [(TASK, row.account_id)]


def test_the_command_does_it_all_and_says_so(
    account: Account, events_table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    load(events_table, 1, 2, 3)
    call_command("upkeep", "--account", str(account.pk))
    assert "3 files of 2026-11-21" in capsys.readouterr().out
    assert len(event_files(events_table)) == 1
    call_command("upkeep")
    assert "there is nothing to do" in capsys.readouterr().out


def test_the_commands_dry_run_changes_nothing(
    account: Account,
    events_table: str,
    capsys: pytest.CaptureFixture[str],
    clock: time_machine.Traveller,
) -> None:
    load(events_table, 1, 2, 3)
    call_command("upkeep", "--dry-run")
    assert "3 files of 2026-11-21" in capsys.readouterr().out
    assert len(event_files(events_table)) == 3
    call_command("upkeep")
    clock.shift(datetime.timedelta(days=20))
    capsys.readouterr()
    call_command("upkeep", "--dry-run")
    assert "3 old files of events" in capsys.readouterr().out
    assert len(list(Path(events_table).glob("event_day=*/*"))) == 4


def test_the_command_says_when_a_worker_is_at_it(
    row: LakeUpkeep, capsys: pytest.CaptureFixture[str]
) -> None:
    assert claim(row)
    with pytest.raises(CommandError, match=str(row.account_id)):
        call_command("upkeep")
    assert "a worker is at it" in capsys.readouterr().err


def test_the_command_names_an_account_that_is_not_there(db: None) -> None:
    with pytest.raises(CommandError, match="no account 7"):
        call_command("upkeep", "--account", "7")
