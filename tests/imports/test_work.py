"""Imports carried out: database, lake and everything else real, but for the warehouse."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
import time_machine
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.selectors import event_catalogue
from imports import mapping
from imports.models import Import, ImportBatch, ImportRun
from imports.services import (
    import_change,
    import_pause,
    import_resume,
    import_retry_failed_rows,
    import_run_now,
    import_stop,
)
from imports.store import RunStore
from imports.ticks import slots_tick
from imports.work import take_step, work
from tests.imports.conftest import ORDERS, PEOPLE, many_orders, orders, second
from tests.imports.warehouse import FakeWarehouse

pytestmark = [pytest.mark.django_db]

Make = Callable[..., Import]


def run(item: Import, actor: User) -> ImportRun:
    import_run_now(item=item, actor=actor)
    work()
    item.refresh_from_db()
    return item.runs.first()  # type: ignore[return-value]  # the newest


def events(account: Account) -> list[dict[str, Any]]:
    try:
        rows = pa.table(DeltaTable(events_uri(account.pk)).to_pyarrow_table()).to_pylist()
    except TableNotFoundError:
        return []
    assert len({row["record_id"] for row in rows}) == len(rows)
    return rows


def order_ids(account: Account) -> Counter[int]:
    return Counter(json.loads(row["event_props"])["Order id"] for row in events(account))


def counts(done: ImportRun) -> tuple[int, int, int]:
    return done.rows_imported, done.rows_failed, done.rows_known


def test_an_import_brings_every_row_once(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    done = run(item, member)
    assert (done.status, counts(done)) == ("done", (30, 0, 0))
    assert order_ids(beta) == Counter(range(30))
    row = min(events(beta), key=lambda row: row["ts"])
    assert (row["event_name"], row["identity"], row["ts"]) == ("Order", "c-0", 20261101000000)
    assert row["event_props"] == '{"Order id":0,"City":"Bonn"}'
    assert [(each.name, each.rows) for each in event_catalogue(account=beta)] == [("Order", 30)]
    assert item.status == "ready"


def test_a_second_run_imports_nothing_new(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    run(item, member)
    again = run(item, member)
    assert (again.status, counts(again)) == ("done", (0, 0, 1))
    assert order_ids(beta) == Counter(range(30))


def test_later_runs_bring_what_came_since_also_at_the_very_same_time(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    run(item, member)
    came = orders(
        {"order_id": 30, "updated_at": second(29 * 60)},
        {"order_id": 31, "updated_at": second(29 * 60)},
    )
    later = orders({"order_id": 40, "updated_at": second(9_000)})
    warehouse.rows = pa.concat_tables([warehouse.rows, came, later])
    done = run(item, member)
    assert counts(done) == (3, 0, 1)
    assert order_ids(beta) == Counter([*range(30), 30, 31, 40])
    assert counts(run(item, member)) == (0, 0, 1)


def test_rows_without_a_cursor_or_with_one_in_the_future_come_once(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    year_9999 = 253_370_764_800
    warehouse.rows = orders({"updated_at": None}, {"updated_at": year_9999}, {})
    item = make_import()
    assert counts(run(item, member)) == (3, 0, 0)
    assert item.cursor_us == second(120) * 1_000_000
    warehouse.rows = pa.concat_tables(
        [warehouse.rows, orders({"order_id": 7, "updated_at": None}, {"order_id": 8})]
    )
    # The one with order id 8 stands before the cursor, where an Updated On column puts no news.
    assert counts(run(item, member)) == (1, 0, 3)
    assert order_ids(beta) == Counter([0, 1, 2, 7])


def test_without_a_cursor_column_only_changed_rows_are_new(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    chosen = mapping.from_json({**mapping.as_json(ORDERS), "cursor_column": "", "cursor_kind": ""})
    item = make_import(chosen)
    assert counts(run(item, member)) == (30, 0, 0)
    warehouse.rows = pa.concat_tables([warehouse.rows.slice(1), orders({"city": "Kiel"})])
    assert counts(run(item, member)) == (1, 0, 29)


def test_failed_rows_are_counted_kept_and_tried_again(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    warehouse.rows = orders({}, {"customer": "null"}, {"customer": None}, {"ordered_at": None}, {})
    item = make_import()
    done = run(item, member)
    assert counts(done) == (2, 3, 0)
    assert done.failed_rows_kept == 3
    assert sum(sum(columns.values()) for columns in done.failures.values()) == 3
    # Mended: whoever has no identity is known by the order, and whoever has no time counts as now.
    chosen = mapping.as_json(ORDERS) | {
        "identity_column": "city",
        "created_on_column": "",
        "created_on_format": "",
    }
    chosen["properties"] = [asdict_of("order_id", "Order id", "integer")]
    import_change(item=item, values={"mapping": chosen}, actor=member)
    again = import_retry_failed_rows(run=done, actor=member)
    work()
    again.refresh_from_db()
    assert (again.status, counts(again)) == ("done", (3, 0, 0))
    assert order_ids(beta) == Counter(range(5))
    with pytest.raises(PermanentError, match="tried again already"):
        import_retry_failed_rows(run=done, actor=member)
    assert counts(run(item, member))[0] == 0


def asdict_of(column: str, name: str, kind: str) -> dict[str, str]:
    return {"column": column, "name": name, "type": kind, "format": ""}


def test_a_run_of_which_every_row_failed_is_read_again(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    warehouse.rows = many_orders(5, customer="nan")
    item = make_import()
    assert counts(run(item, member)) == (0, 5, 0)
    assert item.cursor_us is None
    warehouse.rows = many_orders(5)
    assert counts(run(item, member)) == (5, 0, 0)


def test_profiles_are_new_changed_or_unchanged(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import(PEOPLE, nickname="People")
    done = run(item, member)
    assert (done.people_new, done.people_changed, done.people_unchanged) == (30, 0, 0)
    changed = orders({"customer": "c-1", "city": "Ulm"}, {"customer": "c-2"}, {"customer": "new"})
    warehouse.rows = changed.set_column(4, "updated_at", pa.array([second(9_000)] * 3))
    done = run(item, member)
    assert (done.people_new, done.people_changed, done.people_unchanged) == (1, 1, 1)
    people = pa.table(DeltaTable(profiles_uri(beta.pk)).to_pyarrow_table()).to_pylist()
    assert len(people) == 31
    assert {row["properties"] for row in people} == {'{"City":"Bonn"}', '{"City":"Ulm"}'}


def test_of_one_person_the_latest_row_counts(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    warehouse.rows = orders(
        {"customer": "ada", "city": "last", "updated_at": second(500)},
        {"customer": "ada", "city": "first", "updated_at": second(10)},
        {"customer": "ada", "city": "mid", "updated_at": second(300)},
    )
    done = run(make_import(PEOPLE), member)
    assert (done.rows_imported, done.people_new) == (3, 1)
    people = pa.table(DeltaTable(profiles_uri(beta.pk)).to_pyarrow_table()).to_pylist()
    assert [row["properties"] for row in people] == ['{"City":"last"}']


def test_an_expired_session_is_read_anew_and_nothing_comes_twice(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    expired: list[int] = []

    def once(number: int) -> None:
        if number == 4 and not expired:
            expired.append(number)
            raise TransientError("The session has expired.", code="session_expired")

    warehouse.on_batch = once
    item = make_import()
    done = run(item, member)
    assert expired
    assert (done.generation, counts(done)) == (1, (30, 0, 0))
    assert order_ids(beta) == Counter(range(30))
    assert len(warehouse.jobs) == 1


def test_a_fault_that_passes_is_tried_again_from_where_it_was(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("imports.steps.GROUP_ROWS", 5)

    def fail(number: int) -> None:
        if number in {2, 5}:
            raise TransientError("Away for a moment.", code="service_unavailable")

    warehouse.on_batch = fail
    item = make_import()
    import_run_now(item=item, actor=member)
    for minutes in range(5):
        with time_machine.travel(timezone.now() + datetime.timedelta(minutes=minutes), tick=True):
            work()
    done = item.runs.get()
    assert (done.status, counts(done)) == ("done", (30, 0, 0))
    assert order_ids(beta) == Counter(range(30))
    read = ImportBatch.objects.filter(unit__run=done).values_list("first_row", "end_row")
    assert sum(end - first for first, end in read) == 30


def test_a_stopped_run_leaves_nothing(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    import_run_now(item=item, actor=member)
    take_step()
    take_step()
    assert ImportBatch.objects.exists()
    import_stop(item=item, actor=member)
    work()
    item.refresh_from_db()
    assert (item.status, item.runs.get().status) == ("stopped", "stopped")
    assert events(beta) == []


def test_a_run_that_is_due_waits_for_the_one_under_way(
    make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    assert import_run_now(item=item, actor=member)
    assert not import_run_now(item=item, actor=member)
    work()
    item.refresh_from_db()
    assert [each.status for each in item.runs.all()] == ["done", "done"]
    assert (item.run_queued, item.status) == (False, "ready")


def test_a_schedule_opens_runs_and_a_pause_holds_them(
    make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    every_hour = {"every": 1, "unit": "hours", "anchor": timezone.now().isoformat()}
    item = make_import(frequency="interval", schedule=every_hour)
    work()
    item.refresh_from_db()
    assert (item.status, item.runs.count()) == ("scheduled", 1)
    later = timezone.now() + datetime.timedelta(hours=2, minutes=1)
    import_pause(item=item, actor=member)
    with time_machine.travel(later, tick=True):
        slots_tick()
        assert item.runs.count() == 1
        import_resume(item=item, actor=member)
    with time_machine.travel(later + datetime.timedelta(hours=1), tick=True):
        slots_tick()
        work()
    item.refresh_from_db()
    assert (item.runs.count(), item.status) == (2, "scheduled")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows.drop(["city"]), "column_missing"),
        (
            lambda rows: rows.set_column(2, "city", pa.array([1] * rows.num_rows)),
            "column_retyped",
        ),
    ],
)
def test_a_source_that_changed_is_explained_and_nothing_is_lost(
    beta: Account,
    make_import: Make,
    warehouse: FakeWarehouse,
    member: User,
    change: Callable[[pa.Table], pa.Table],
    code: str,
) -> None:
    item = make_import()
    before = warehouse.rows
    warehouse.rows = change(before)
    run(item, member)
    assert item.trouble_code == code
    assert "city" in item.trouble_message
    warehouse.rows = before
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=1, minutes=1), tick=True):
        work()
    item.refresh_from_db()
    assert (item.trouble_code, item.status) == ("", "ready")
    assert order_ids(beta) == Counter(range(30))


def test_a_new_column_is_told_and_does_no_harm(
    make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    extra = pa.array(["x"] * warehouse.rows.num_rows)
    warehouse.rows = warehouse.rows.append_column("coupon", extra)
    done = run(item, member)
    assert counts(done) == (30, 0, 0)
    assert done.notes == ["The source has a new column, “coupon”. It is not mapped."]


def test_a_mapping_with_another_column_still_knows_the_rows_at_the_cursor(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    warehouse.rows = many_orders(6, updated_at=second(5))
    item = make_import()
    run(item, member)
    chosen = mapping.as_json(ORDERS)
    chosen["properties"] = [
        asdict_of("order_id", "Order id", "integer"),
        asdict_of("order_id", "Again", "string"),
    ]
    import_change(item=item, values={"mapping": chosen}, actor=member)
    assert counts(run(item, member)) == (0, 0, 6)


def test_another_source_is_read_from_its_beginning(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    run(item, member)
    import_change(item=item, values={"table": "orders_2"}, actor=member)
    assert counts(run(item, member)) == (30, 0, 0)
    assert order_ids(beta) == Counter([*range(30), *range(30)])


def test_an_empty_table_is_done_at_once(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    warehouse.rows = orders()
    item = make_import()
    assert counts(run(item, member)) == (0, 0, 0)
    assert item.status == "ready"
    warehouse.rows = many_orders(2)
    assert counts(run(item, member)) == (2, 0, 0)


def test_rows_that_are_missing_from_a_stream_are_noticed(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User, monkeypatch: Any
) -> None:
    item = make_import()
    read = FakeWarehouse.read
    monkeypatch.setattr(
        FakeWarehouse,
        "read",
        lambda self, stream, *, offset: list(read(self, stream, offset=offset))[1:],
    )
    run(item, member)
    assert item.trouble_code == "import_rows_do_not_add_up"
    assert events(beta) == []


def test_failed_rows_go_after_their_time_and_the_fingerprints_stay(
    make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    warehouse.rows = orders({}, {"customer": "nan"})
    item = make_import()
    done = run(item, member)
    name = ImportBatch.objects.exclude(failed_file="").get().failed_file
    assert RunStore(done).read(name).num_rows == 1
    with time_machine.travel(timezone.now() + datetime.timedelta(days=31), tick=True):
        work()
        done.refresh_from_db()
        assert done.failed_rows_kept == 0
        with pytest.raises(PermanentError, match="not kept any more"):
            import_retry_failed_rows(run=done, actor=member)
        with pytest.raises(FileNotFoundError):
            RunStore(done).read(name)
        assert counts(run(item, member)) == (0, 0, 1)
