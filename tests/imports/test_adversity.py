"""Edits, stops and accidents in the worst moment: nothing is lost, nothing comes twice."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.core.lease import Lease
from imports import landing, mapping
from imports.folder import folder_uri
from imports.mapping import Mapping, Property
from imports.models import Import, ImportRun, ImportUnit
from imports.services import (
    import_change,
    import_delete,
    import_retry_failed_rows,
    import_run_now,
    import_stop,
)
from imports.work import take_step, work
from tests.imports.conftest import ORDERS, orders, second
from tests.imports.test_work import counts, events, order_ids, run
from tests.imports.warehouse import FakeWarehouse, columns_of

pytestmark = [pytest.mark.django_db]

Make = Callable[..., Import]
WITHOUT_CURSOR = Mapping(**{**ORDERS.__dict__, "cursor_column": "", "cursor_kind": ""})


def columns(warehouse: FakeWarehouse) -> list[dict[str, Any]]:
    return [asdict(column) for column in columns_of(warehouse.rows)]


def with_property(column: str) -> dict[str, Any]:
    chosen = mapping.as_json(ORDERS)
    return {
        **chosen,
        "properties": [*chosen["properties"], asdict(Property(column, column, "string"))],
    }


def by_city() -> dict[str, Any]:
    """Known by the city: rows that had no right identity have one now."""
    number = asdict(Property("order_id", "Order id", "integer"))
    return {**mapping.as_json(ORDERS), "identity_column": "city", "properties": [number]}


def everything_is_due() -> None:
    for model in (ImportRun, ImportUnit):
        model.objects.update(next_attempt_at=None)


def test_a_source_that_is_edited_during_a_run_is_read_from_its_beginning(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    import_run_now(item=item, actor=member)
    take_step()
    import_change(item=item, values={"table": "other"}, actor=member)
    work()
    warehouse.rows = orders(*({"order_id": 100 + n, "updated_at": second(n)} for n in range(10)))
    assert counts(run(item, member)) == (10, 0, 0)


def test_an_edit_during_a_run_does_not_change_what_the_run_knows(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import(WITHOUT_CURSOR)
    run(item, member)
    import_run_now(item=item, actor=member)
    take_step()
    take_step()
    import_change(item=item, values={"table": "other"}, actor=member)
    work()
    assert order_ids(beta) == Counter(range(30))


def test_failed_rows_that_are_read_again_anyway_are_not_tried_again_besides(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    warehouse.rows = orders({"customer": "null"}, {"customer": "null"})
    item = make_import()
    first = run(item, member)
    import_change(item=item, values={"mapping": by_city()}, actor=member)
    with pytest.raises(PermanentError, match="again anyway"):
        import_retry_failed_rows(run=first, actor=member)
    run(item, member)
    assert order_ids(beta) == Counter(range(2))


def test_a_bad_row_that_comes_alone_later_is_kept_once(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    run(item, member)
    bad = orders({"order_id": 90, "customer": "null", "updated_at": second(90_000)})
    warehouse.rows = pa.concat_tables([warehouse.rows, bad])
    with_it, after_it = run(item, member), run(item, member)
    assert (counts(with_it), counts(after_it)) == ((0, 1, 1), (0, 0, 1))
    import_change(item=item, values={"mapping": by_city()}, actor=member)
    import_retry_failed_rows(run=with_it, actor=member)
    work()
    assert order_ids(beta)[90] == 1


def test_a_run_that_waited_for_days_reads_anew_once(
    make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    with time_machine.travel(timezone.now(), tick=True) as clock:
        item = make_import()
        import_run_now(item=item, actor=member)
        for _ in range(3):
            take_step()
        clock.shift(datetime.timedelta(days=3))
        for _ in range(20):
            take_step()
        done = item.runs.get()
        assert (done.status, len(warehouse.jobs)) == ("done", 2)


def test_an_edit_before_the_rows_are_read_gets_a_query_of_its_own(
    beta: Account,
    make_import: Make,
    warehouse: FakeWarehouse,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    item = make_import()
    run(item, member)
    wait = FakeWarehouse.wait
    faults = [TransientError("The network is away.", code="unreachable")]

    def flaky(self: FakeWarehouse, job_id: str, *, timeout_s: float) -> Any:
        if faults:
            raise faults.pop()
        return wait(self, job_id, timeout_s=timeout_s)

    monkeypatch.setattr(FakeWarehouse, "wait", flaky)
    import_run_now(item=item, actor=member)
    take_step()
    warehouse.rows = orders(*({"order_id": 100 + n, "updated_at": second(n)} for n in range(10)))
    import_change(item=item, values={"table": "other"}, actor=member)
    everything_is_due()
    work()
    run(item, member)
    assert order_ids(beta) == Counter([*range(30), *range(100, 110)])


def test_a_session_that_expires_after_an_edit_is_read_with_the_new_mapping(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    import_run_now(item=item, actor=member)
    take_step()
    extra = pa.array(["x"] * warehouse.rows.num_rows)
    warehouse.rows = warehouse.rows.append_column("extra", extra)
    values = {"mapping": with_property("extra"), "columns": columns(warehouse)}
    import_change(item=item, values=values, actor=member)
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=7), tick=True):
        work()
    assert counts(item.runs.get()) == (30, 0, 0)
    assert all('"extra":"x"' in row["event_props"] for row in events(beta))


def test_failed_rows_without_a_column_that_is_mapped_since_wait_for_an_edit(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    warehouse.rows = orders({}, {"customer": "null"}).append_column("extra", pa.array(["a", "b"]))
    item = make_import()
    made = import_retry_failed_rows(run=run(item, member), actor=member)
    import_change(item=item, values={"mapping": with_property("extra")}, actor=member)
    work()
    item.refresh_from_db()
    assert item.trouble_code == "failed_rows_lack_column"
    import_change(item=item, values={"mapping": mapping.as_json(ORDERS)}, actor=member)
    everything_is_due()
    work()
    made.refresh_from_db()
    assert (made.status, counts(made)) == ("done", (0, 1, 0))


def test_a_table_that_is_empty_for_a_moment_is_known_again(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import(WITHOUT_CURSOR)
    run(item, member)
    full = warehouse.rows
    warehouse.rows = full.slice(0, 0)
    run(item, member)
    warehouse.rows = full
    assert counts(run(item, member)) == (0, 0, 30)


def test_rows_at_the_cursor_that_are_away_for_a_moment_are_known_again(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    at_once = second(5)
    warehouse.rows = orders(*({"updated_at": at_once} for _ in range(6)))
    item = make_import()
    run(item, member)
    full = warehouse.rows
    warehouse.rows = full.slice(2)
    run(item, member)
    warehouse.rows = full
    assert counts(run(item, member)) == (0, 0, 6)


def test_without_the_column_that_rows_are_known_by_nothing_is_guessed(
    make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import(WITHOUT_CURSOR)
    run(item, member)
    warehouse.rows = warehouse.rows.drop(["city"])
    chosen = {
        **mapping.as_json(WITHOUT_CURSOR),
        "properties": [asdict(Property("order_id", "Order id", "integer"))],
    }
    import_change(
        item=item, values={"mapping": chosen, "columns": columns(warehouse)}, actor=member
    )
    run(item, member)
    assert item.trouble_code == "rows_not_known"


def test_a_retyped_column_brings_no_row_at_the_cursor_twice_and_is_told(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    run(item, member)
    place = warehouse.rows.schema.get_field_index("order_id")
    floats = warehouse.rows.column("order_id").cast(pa.float64())
    warehouse.rows = warehouse.rows.set_column(place, "order_id", floats)
    import_change(item=item, values={"columns": columns(warehouse)}, actor=member)
    done = run(item, member)
    assert counts(done) == (0, 0, 1)
    assert "order_id" in done.notes[0]


def test_a_deleted_import_leaves_no_rows_of_customers_behind(
    make_import: Make,
    warehouse: FakeWarehouse,
    member: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    warehouse.rows = orders({}, {"customer": "null"})
    item = make_import()
    folder = Path(folder_uri(run(item, member)))
    assert list(folder.iterdir())
    with django_capture_on_commit_callbacks(execute=True):
        import_delete(item=item, actor=member)
    assert not list(folder.iterdir())


def test_a_run_that_is_stopped_just_before_it_lands_does_not_land(
    beta: Account,
    make_import: Make,
    warehouse: FakeWarehouse,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    item = make_import()
    import_run_now(item=item, actor=member)
    real = landing.refuse_wrong_count

    def stop_now(run: ImportRun, lease: Lease) -> None:
        real(run, lease)
        import_stop(item=item, actor=member)

    monkeypatch.setattr(landing, "refuse_wrong_count", stop_now)
    work()
    assert (item.runs.get().status, events(beta)) == ("stopped", [])


class Died(BaseException):
    """Nothing of ours catches it."""


def test_a_reader_that_wakes_too_late_changes_nothing(
    beta: Account,
    make_import: Make,
    warehouse: FakeWarehouse,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It froze; others have read and landed all of it, and one died before it could say so."""
    item = make_import()
    import_run_now(item=item, actor=member)
    take_step()
    frozen: list[int] = []

    def freeze(number: int) -> None:
        if frozen:
            return
        frozen.append(number)
        past = timezone.now() - datetime.timedelta(seconds=1)
        ImportUnit.objects.exclude(lease_until=None).update(lease_until=past)
        with monkeypatch.context() as patch, pytest.raises(Died):
            patch.setattr(landing, "finished", _die)
            work()
        assert len(events(beta)) == 30
        late = orders({"order_id": 500, "updated_at": second(90_000)})
        warehouse.rows = pa.concat_tables([warehouse.rows, late])
        raise TransientError("The result has gone.", code="job_lost")

    warehouse.on_batch = freeze
    take_step()
    ImportRun.objects.update(lease_until=None)
    everything_is_due()
    work()
    assert counts(item.runs.get()) == (30, 0, 0)
    run(item, member)
    assert order_ids(beta) == Counter([*range(30), 500])


def _die(*_: Any) -> None:
    raise Died


def test_a_result_that_has_gone_is_asked_for_again(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    import_run_now(item=item, actor=member)
    take_step()
    gone = [TransientError("The job has gone.", code="job_lost")]

    def once(number: int) -> None:
        if gone:
            raise gone.pop()

    warehouse.on_batch = once
    work()
    assert (counts(item.runs.get()), len(warehouse.jobs)) == ((30, 0, 0), 2)


def test_one_run_goes_by_one_clock(
    beta: Account, make_import: Make, warehouse: FakeWarehouse, member: User
) -> None:
    item = make_import()
    import_run_now(item=item, actor=member)
    take_step()
    take_step()
    beta.time_zone = "Asia/Kolkata"
    beta.save()
    work()
    hours = {(row["event_time"].hour, int(str(row["ts"])[8:10])) for row in events(beta)}
    assert hours == {(0, 0)}
