"""Windows of recurring exports: one run for each slot, in order, none left out, none twice."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection as database

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.core.errors import PermanentError
from exports.models import Export, ExportRun
from exports.needs import needs_of
from exports.recurrence import window_open, windows_tick
from exports.selectors import runs_to_plan
from exports.services import (
    export_create,
    export_edit,
    export_run_now,
    export_stop,
    exports_tick,
)
from integrations.models import Connection
from tests.exports.conftest import spec_for
from tests.states import finish, put_in_trouble

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
NOON = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.UTC)
DONE, STOPPED = ExportRun.Status.DONE, ExportRun.Status.STOPPED

Create = Callable[..., Export]


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def spec_every(
    hours: int, starts_at: datetime.datetime, connection: Connection, **more: Any
) -> Any:
    return spec_for(
        connection,
        frequency="recurring",
        range_kind="",
        first_day=starts_at.date(),
        last_day=None,
        interval_hours=hours,
        starts_at=starts_at,
        **more,
    )


@pytest.fixture
def create(account: Account, member: User, saved_connection: Connection, clock: Any) -> Create:
    def make(hours: int = 4, starts_at: datetime.datetime = NOON + HOUR, **more: Any) -> Export:
        spec = spec_every(hours, starts_at, saved_connection, **more)
        return export_create(account=account, connection=saved_connection, spec=spec, actor=member)

    return make


def windows(export: Export) -> list[str]:
    return list(export.runs.order_by("pk").values_list("window", flat=True))


def end_run(export: Export, *, version: int | None = 1) -> None:
    """As a worker leaves it that has finished."""
    export.runs.filter(status__in=Export.OPEN).update(status=DONE, store_version=version)
    Export.objects.filter(pk=export.pk).update(status=Export.Status.PENDING)


def next_run(export: Export) -> datetime.datetime | None:
    export.refresh_from_db()
    return export.next_run_at


def test_it_waits_for_its_start(create: Create, clock: Any) -> None:
    export = create()
    windows_tick()
    assert (windows(export), next_run(export)) == ([], NOON + HOUR)
    clock.shift(HOUR)
    windows_tick()
    assert windows(export) == ["2026-11-22T13:00:00Z"]
    assert next_run(export) == NOON + 5 * HOUR


def test_with_a_start_in_the_past_it_runs_at_once_and_then_by_its_clock(create: Create) -> None:
    export = create(starts_at=NOON - 11 * HOUR)
    assert windows(export) == ["2026-11-22T12:00:00Z"]
    assert next_run(export) == NOON + HOUR


def test_missed_windows_are_caught_up_in_order_and_one_at_a_time(
    create: Create, clock: Any
) -> None:
    export = create()
    clock.shift(10 * HOUR)
    for _ in range(3):
        windows_tick()
    assert windows(export) == ["2026-11-22T13:00:00Z"]
    for _ in range(4):
        end_run(export)
        windows_tick()
    assert windows(export) == [f"2026-11-22T{hour}:00:00Z" for hour in (13, 17, 21)]
    assert next_run(export) == NOON + 13 * HOUR
    dues = list(export.runs.order_by("pk").values_list("due_at", flat=True))
    assert dues == [NOON + hours * HOUR for hours in (1, 5, 9)]


def test_runs_of_one_second_have_names_of_their_own(create: Create, clock: Any) -> None:
    export = create(starts_at=NOON)
    clock.shift(20 * HOUR)
    for _ in range(5):
        windows_tick()
        end_run(export)
    stamps = list(export.runs.order_by("pk").values_list("run_timestamp", flat=True))
    assert len(set(stamps)) == 5 and stamps == sorted(stamps)


@pytest.mark.django_db(transaction=True)
def test_several_schedulers_open_one_window(create: Create, clock: Any) -> None:
    export = create()
    clock.shift(9 * HOUR)
    barrier = threading.Barrier(4)
    opened = []

    def tick() -> None:
        barrier.wait(10)
        opened.append(window_open(export_id=export.pk))
        database.close()

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(run is not None for run in opened) == 1
    assert windows(export) == ["2026-11-22T13:00:00Z"]


def test_run_now_runs_once_and_leaves_the_slots(create: Create, member: User, clock: Any) -> None:
    export = create(starts_at=NOON)
    end_run(export)
    clock.shift(HOUR)
    assert export_run_now(export=export, actor=member)
    assert not export_run_now(export=export, actor=member)
    assert windows(export) == ["2026-11-22T12:00:00Z", "now 2026-11-22T13:00:00Z"]
    assert next_run(export) == NOON + 4 * HOUR
    assert AuditEntry.objects.filter(action="export run now").count() == 1


def test_a_stopped_export_never_runs_again(create: Create, member: User, clock: Any) -> None:
    export = create(starts_at=NOON)
    assert export_stop(export=export, actor=member)
    clock.shift(99 * HOUR)
    windows_tick()
    export.refresh_from_db()
    assert (export.status, export.next_run_at, export.stopped_by) == ("stopped", None, member)
    assert export.runs.get().status == STOPPED
    assert not export_run_now(export=export, actor=member)


def test_an_edit_moves_the_next_run_and_not_the_one_under_way(
    create: Create, member: User, saved_connection: Connection, clock: Any
) -> None:
    export = create(starts_at=NOON)
    clock.shift(HOUR)
    spec = spec_every(6, NOON - 3 * HOUR, saved_connection, format="csv")
    assert not export_edit(export=export, connection=saved_connection, spec=spec, actor=member)
    assert next_run(export) == NOON + 3 * HOUR
    assert (export.format, export.interval_hours) == ("csv", 6)
    assert export.runs.get().status == ExportRun.Status.PENDING


def test_an_edit_of_something_else_keeps_the_windows_that_were_missed(
    create: Create, member: User, saved_connection: Connection, clock: Any
) -> None:
    export = create(starts_at=NOON)
    clock.shift(50 * HOUR)
    spec = spec_every(4, NOON, saved_connection, format="xml")
    export_edit(export=export, connection=saved_connection, spec=spec, actor=member)
    assert next_run(export) == NOON + 4 * HOUR


def test_type_and_frequency_stay(
    create: Create, member: User, saved_connection: Connection
) -> None:
    export = create()
    spec = spec_every(4, NOON, saved_connection, type="all_user_properties")
    export_edit(export=export, connection=saved_connection, spec=spec, actor=member)
    export.refresh_from_db()
    assert (export.type, export.frequency) == ("all_events", "recurring")


def test_what_runs_once_or_has_ended_is_not_edited(
    create: Create, make_export: Create, member: User, saved_connection: Connection
) -> None:
    spec = spec_every(4, NOON, saved_connection)
    ended = create()
    export_stop(export=ended, actor=member)
    for export, code in ((make_export(saved_connection), "not_recurring"), (ended, "export_ended")):
        with pytest.raises(PermanentError) as caught:
            export_edit(export=export, connection=saved_connection, spec=spec, actor=member)
        assert caught.value.code == code


def test_a_run_that_cannot_go_on_starts_anew_in_the_new_bucket(
    create: Create, account: Account, member: User, saved_connection: Connection
) -> None:
    export = create(starts_at=NOON)
    run = export.runs.get()
    put_in_trouble(export)
    ExportRun.objects.filter(pk=run.pk).update(
        status="running", store_version=3, trouble_code="key_deleted"
    )
    other = Connection.objects.create(
        account=account,
        partner="google-cloud",
        nickname="Elsewhere",
        target="elsewhere",
        key_added_at=NOON,
    )
    spec = spec_every(4, NOON, other)
    assert export_edit(export=export, connection=other, spec=spec, actor=member)
    old, new = export.runs.order_by("pk")
    assert (old.status, new.status, new.due_at) == ("stopped", "pending", old.due_at)
    assert new.window == f"{old.window} again 1"
    assert new.run_timestamp > old.run_timestamp
    export.refresh_from_db()
    assert export.trouble_code == ""


def test_what_the_coming_window_starts_from_is_needed(
    create: Create, account: Account, member: User, clock: Any
) -> None:
    assert needs_of(account.pk).events_version is None
    export = create(starts_at=NOON)
    end_run(export, version=7)
    clock.shift(5 * HOUR)
    windows_tick()
    assert needs_of(account.pk).events_version == 7
    end_run(export, version=9)
    assert needs_of(account.pk).events_version == 9
    export_stop(export=export, actor=member)
    assert needs_of(account.pk).events_version is None


def test_what_an_open_run_reads_is_needed(
    make_export: Create, account: Account, saved_connection: Connection
) -> None:
    export = make_export(saved_connection)
    export.runs.update(status="running", store_version=5)
    assert needs_of(account.pk).events_version == 5
    finish(export)
    assert needs_of(account.pk).events_version is None


def test_nothing_is_cleared_away_while_a_first_run_waits_to_be_planned(
    create: Create, account: Account
) -> None:
    export = create(starts_at=NOON)
    assert needs_of(account.pk).events_version == 0
    export.runs.update(status="running", store_version=5)
    assert needs_of(account.pk).events_version == 5


def test_a_window_that_was_opened_while_its_export_was_stopped_is_not_run(
    create: Create, account: Account, member: User
) -> None:
    export = create(starts_at=NOON)
    export_stop(export=export, actor=member)
    run = export.runs.create(window="late", run_timestamp=1)
    assert not runs_to_plan().exists()
    exports_tick()
    run.refresh_from_db()
    assert run.status == STOPPED


def test_nothing_runs_out_of_turn_before_the_start(create: Create, member: User) -> None:
    export = create(starts_at=NOON + HOUR)
    assert not export_run_now(export=export, actor=member)
    assert not export.runs.exists()


def test_a_schedule_that_cannot_be_told_holds_up_no_other(
    create: Create, account: Account, other_account: Account, clock: Any
) -> None:
    broken, sound = create(), create()
    Account.objects.filter(pk=other_account.pk).update(time_zone="Nowhere/At-All")
    Export.objects.filter(pk=broken.pk).update(account=other_account, next_run_at=NOON)
    clock.shift(2 * HOUR)
    windows_tick()
    assert (broken.runs.count(), sound.runs.count()) == (0, 1)
