"""Exports carried out for real: lake, database, the official client, the storage emulator."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.models import LakeState
from exports.models import Export, ExportFile, ExportUnit
from exports.runs import runs_revive
from exports.services import export_stop, exports_tick
from exports.work import take_step, work
from integrations.models import Connection
from tests.connections import CREATE_ONLY, connect
from tests.lakes import event
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.services]

Make = Callable[..., Export]
Load = Callable[..., None]

THREE_DAYS = [
    event(name, at=at + 86_400 * day, evtData={"n": at, "of": name})
    for day in (-2, -1, 0)
    for name in ("A", "B b")
    for at in range(20)
]


def state(export: Export) -> tuple[str, str]:
    export.refresh_from_db()
    return export.status, export.trouble_code


def records(sandbox: Sandbox, bucket: str = "exports") -> Counter[str]:
    """Every record in the bucket's event files, first lines left out."""
    names = [name for name in sandbox.names(bucket) if not name.endswith("manifest.json")]
    return Counter(
        line for name in names for line in sandbox.read(bucket, name).decode().splitlines()[1:]
    )


def test_an_export_is_done_and_holds_every_event_once(
    sandbox: Sandbox, connection: Connection, load: Load, make_export: Make
) -> None:
    load(THREE_DAYS)
    export = make_export(connection)
    work()
    assert state(export) == ("done", "")
    assert records(sandbox).total() == len(records(sandbox)) == 120
    run = export.runs.get()
    assert run.reconciliation == {
        "rows_counted": 120,
        "rows_read": 120,
        "rows_in_files": 120,
        "rows_in_bucket": 120,
        "bucket_source": "listing",
    }


def test_the_manifest_tells_what_the_bucket_holds(
    sandbox: Sandbox, connection: Connection, load: Load, make_export: Make
) -> None:
    load(THREE_DAYS)
    run = make_export(connection).runs.get()
    work()
    manifest = json.loads(sandbox.read("exports", f"{run}-manifest.json"))
    in_bucket = {found["name"]: found for found in sandbox.objects("exports")}
    assert manifest["totals"]["rows"] == 120
    assert {file["name"] for file in manifest["files"]} == in_bucket.keys() - {
        f"{run}-manifest.json"
    }
    for file in manifest["files"]:
        found = in_bucket[file["name"]]
        assert file["crc32c"] == found["crc32c"]
        assert file["md5"] == found["md5Hash"]
        assert str(file["generation"]) == found["generation"]
        assert str(file["bytes"]) == found["size"]


def test_a_service_account_that_may_only_create_is_enough(
    account: Account, sandbox: Sandbox, load: Load, make_export: Make
) -> None:
    sandbox.create_bucket("locked", retention_s=86_400)
    sandbox.console.lock_retention("locked")
    key = sandbox.create_service_account(buckets=["locked"], role=CREATE_ONLY)
    load(THREE_DAYS)
    export = make_export(connect(account, key, "locked"))
    work()
    assert state(export) == ("done", "")
    assert records(sandbox, "locked").total() == 120
    reconciliation = export.runs.get().reconciliation
    assert reconciliation is not None
    assert reconciliation["bucket_source"] == "upload answers"


def test_a_range_without_events_is_done_with_an_empty_manifest(
    sandbox: Sandbox, connection: Connection, make_export: Make
) -> None:
    run = make_export(connection).runs.get()
    work()
    assert state(run.export) == ("done", "")
    assert sandbox.names("exports") == [f"{run}-manifest.json"]


def test_without_a_manifest_no_manifest_is_written(
    sandbox: Sandbox, connection: Connection, load: Load, make_export: Make
) -> None:
    load(THREE_DAYS)
    export = make_export(connection, manifest=False)
    work()
    assert state(export) == ("done", "")
    assert not [name for name in sandbox.names("exports") if "manifest" in name]


def test_a_second_identical_export_has_equal_contents(
    sandbox: Sandbox, connection: Connection, load: Load, make_export: Make
) -> None:
    load(THREE_DAYS)
    first, second = make_export(connection), make_export(connection)
    work()
    contents = [
        sorted(
            sandbox.read("exports", file.name)
            for file in ExportFile.objects.filter(run__export=export)
        )
        for export in (first, second)
    ]
    assert first.request_id != second.request_id
    assert contents[0] == contents[1]
    assert len(contents[0]) == 6


@pytest.mark.parametrize("operation", ["insert"])
def test_a_lost_answer_to_an_upload_repeats_nothing(
    operation: str, sandbox: Sandbox, connection: Connection, load: Load, make_export: Make
) -> None:
    load(THREE_DAYS)
    export = make_export(connection)
    sandbox.add_fault(operation=operation, action="fail_after_write", status=503, times=3)
    work()
    assert state(export) == ("done", "")
    assert records(sandbox).total() == len(records(sandbox)) == 120


def test_a_refused_upload_shows_the_reason_and_the_cure_and_goes_on_when_mended(
    account: Account, sandbox: Sandbox, load: Load, make_export: Make
) -> None:
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account()
    load(THREE_DAYS)
    export = make_export(connect(account, key, "exports"))
    work()
    status, code = state(export)
    assert (status, code) == ("running", "permission_missing")
    assert "storage.objects.create" in export.trouble_message + export.trouble_fix
    assert export.connection is not None
    assert export.connection.tests.count() == 1
    assert not take_step()

    sandbox.grant("exports", key["client_email"], CREATE_ONLY)
    runs_revive(runs=export.runs.all())
    work()
    assert state(export) == ("done", "")
    assert records(sandbox).total() == 120


def test_an_export_in_trouble_is_tried_again_after_an_hour(
    account: Account, sandbox: Sandbox, load: Load, make_export: Make
) -> None:
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account()
    load(THREE_DAYS)
    export = make_export(connect(account, key, "exports"))
    work()
    sandbox.grant("exports", key["client_email"], CREATE_ONLY)
    work()
    assert export.runs.get().status == "running"
    run = export.runs.get()
    assert run.next_attempt_at is not None
    waits = run.next_attempt_at - timezone.now()
    assert datetime.timedelta(minutes=59) < waits <= datetime.timedelta(hours=1)


def test_an_object_that_vanished_from_the_bucket_is_no_success(
    sandbox: Sandbox, connection: Connection, load: Load, make_export: Make
) -> None:
    load(THREE_DAYS)
    export = make_export(connection)
    while ExportUnit.objects.filter(status="pending").exists() or not ExportUnit.objects.exists():
        assert take_step()
    key = sandbox.create_service_account("janitor", buckets=["exports"], role="roles/storage.admin")
    victim = sandbox.names("exports")[0]
    sandbox.client(key).bucket("exports").delete_blob(victim)
    work()
    assert state(export) == ("running", "reconciliation_failed")
    assert victim in export.trouble_message
    assert not [name for name in sandbox.names("exports") if "manifest" in name]


def test_a_stopped_export_never_runs_again(
    connection: Connection, load: Load, make_export: Make, sandbox: Sandbox
) -> None:
    load(THREE_DAYS)
    export = make_export(connection)
    assert take_step()
    assert export.created_by is not None
    assert export_stop(export=export, actor=export.created_by)
    assert not take_step()
    assert not export_stop(export=export, actor=export.created_by)
    assert state(export) == ("stopped", "")
    assert sandbox.names("exports") == []


def test_the_plan_is_asked_again_before_anything_is_written(
    account: Account, sandbox: Sandbox, connection: Connection, load: Load, make_export: Make
) -> None:
    load(THREE_DAYS)
    export = make_export(connection)
    account.plan = Account.Plan.ESSENTIALS
    account.save()
    work()
    assert state(export) == ("running", "feature_missing")
    assert sandbox.names("exports") == []


def test_units_of_the_account_with_fewer_under_way_go_first(
    account: Account,
    other_account: Account,
    connection: Connection,
    load: Load,
    make_export: Make,
) -> None:
    load(THREE_DAYS)
    load(THREE_DAYS, to=other_account)
    big = make_export(connection)
    assert take_step()
    small = make_export(connection, of=other_account)
    assert take_step()
    busy = big.runs.get().units.first()
    assert busy is not None
    busy.lease_until = timezone.now() + datetime.timedelta(minutes=1)
    busy.save()
    assert take_step()
    done = ExportUnit.objects.get(status="done")
    assert done.run.export_id == small.pk


def test_work_whose_worker_fell_silent_is_taken_up_again(
    sandbox: Sandbox, connection: Connection, load: Load, make_export: Make
) -> None:
    load(THREE_DAYS)
    export = make_export(connection)
    assert take_step()
    now = timezone.now()
    ExportUnit.objects.update(lease_until=now + datetime.timedelta(seconds=30), fence=4)
    assert not take_step()
    with time_machine.travel(now + datetime.timedelta(seconds=31)):
        work()
    assert state(export) == ("done", "")
    assert set(ExportUnit.objects.values_list("fence", flat=True)) == {5}


def test_the_tick_rings_for_what_waits_and_for_nothing_else(
    connection: Connection,
    load: Load,
    make_export: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr("clevertap_partners.core.queue.waiting", lambda: 0)
    monkeypatch.setattr("clevertap_partners.core.queue.ring", lambda *args: rung.append(args))
    exports_tick()
    assert not rung
    load(THREE_DAYS)
    make_export(connection)
    rung.clear()
    exports_tick()
    assert len(rung) == 1
    assert take_step()
    rung.clear()
    exports_tick()
    assert len(rung) == 3


def test_a_lake_that_is_away_or_older_than_its_catalogue_is_no_empty_success(
    account: Account, connection: Connection, load: Load, make_export: Make, sandbox: Sandbox
) -> None:
    lake = LakeState.objects.create(account=account, version=2)
    export = make_export(connection)
    for _ in ("nothing is there", "only version 1 is there"):
        work()
        assert state(export) == ("pending", "lake_incomplete")
        load(THREE_DAYS)
        runs_revive(runs=export.runs.all())
    lake.version = 1
    lake.save()
    work()
    assert state(export) == ("done", "")
    assert records(sandbox).total() == 120
