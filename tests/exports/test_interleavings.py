"""Two who act at once, in any order: nothing is undone, hidden, or taken for ours."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PermanentError
from exports import steps, work
from exports.models import Export, ExportRun, ExportUnit
from exports.services import export_stop
from exports.work import take_step
from integrations.models import Connection
from tests.connections import CREATE_ONLY, connect
from tests.lakes import event
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.services]

Make = Callable[..., Export]
Load = Callable[..., None]

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
EVENTS = [event(name, at=at) for name in ("A", "B") for at in range(20)]


def stand(export: Export) -> tuple[str, str, str]:
    export.refresh_from_db()
    return export.status, export.runs.get().status, export.trouble_code


def just_before(monkeypatch: pytest.MonkeyPatch, step: str, happens: Callable[[], object]) -> None:
    """Let something happen when the step is through with its work and about to note it."""
    real = getattr(steps, step)

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        happens()
        return real(*args, **kwargs)

    monkeypatch.setattr(steps, step, meanwhile)


def test_a_stop_while_the_run_is_planned_is_final(
    connection: Connection,
    load: Load,
    make_export: Make,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(EVENTS)
    export = make_export(connection)
    just_before(monkeypatch, "plan_events", lambda: export_stop(export=export, actor=member))
    assert take_step()
    assert stand(export) == ("stopped", "stopped", "")
    assert not take_step()


def test_a_stop_while_the_run_is_finished_is_final(
    connection: Connection,
    load: Load,
    make_export: Make,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(EVENTS)
    export = make_export(connection)
    assert take_step()
    assert take_step()
    just_before(monkeypatch, "_write_manifest", lambda: export_stop(export=export, actor=member))
    assert take_step()
    assert stand(export) == ("stopped", "stopped", "")


def test_a_worker_of_an_old_claim_says_nothing_of_its_trouble(
    connection: Connection, load: Load, make_export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(EVENTS)
    export = make_export(connection)
    assert take_step()

    def fails_late(unit: ExportUnit, *_: object) -> None:
        ExportUnit.objects.filter(pk=unit.pk).update(fence=unit.fence + 2)
        raise PermanentError("Too late.", code="too_late")

    monkeypatch.setattr(steps, "unit_plan", fails_late)
    assert take_step()
    assert stand(export) == ("running", "running", "")
    assert export.runs.get().next_attempt_at is None


def test_a_lost_answer_is_settled_at_once_when_the_credentials_may_only_create(
    account: Account, sandbox: Sandbox, load: Load, make_export: Make
) -> None:
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account(buckets=["exports"], role=CREATE_ONLY)
    load(EVENTS)
    export = make_export(connect(account, key, "exports"))
    sandbox.add_fault(operation="insert", action="fail_after_write", status=503, times=2)
    work.work()
    assert stand(export) == ("done", "done", "")


def test_the_object_of_a_stranger_is_never_taken_for_ours(
    account: Account, sandbox: Sandbox, load: Load, make_export: Make
) -> None:
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account(buckets=["exports"], role=CREATE_ONLY)
    load(EVENTS)
    export = make_export(connect(account, key, "exports"))
    assert take_step()
    for name in ("A", "B"):
        sandbox.put("exports", f"{export.runs.get()}-{name}-20261121-0-0.json", b"theirs", key)
    for _ in range(3):
        work.work()
        assert stand(export) == ("running", "running", "name_taken")
        ExportRun.objects.update(next_attempt_at=None)


def test_the_manifest_of_a_stranger_is_never_taken_for_ours(
    account: Account, sandbox: Sandbox, load: Load, make_export: Make
) -> None:
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account(buckets=["exports"], role=CREATE_ONLY)
    load(EVENTS)
    export = make_export(connect(account, key, "exports"))
    sandbox.put("exports", f"{export.runs.get()}-manifest.json", b"theirs", key)
    for _ in range(3):
        work.work()
        assert stand(export) == ("running", "running", "name_taken")
        ExportRun.objects.update(next_attempt_at=None)


def test_a_manifest_written_by_a_worker_that_died_is_taken_for_ours(
    account: Account,
    sandbox: Sandbox,
    load: Load,
    make_export: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account(buckets=["exports"], role=CREATE_ONLY)
    load(EVENTS)
    export = make_export(connect(account, key, "exports"))
    assert take_step()
    assert take_step()
    real = steps._write_manifest

    def dies(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise SystemExit

    monkeypatch.setattr(steps, "_write_manifest", dies)
    assert take_step_or_die()
    monkeypatch.undo()
    ExportRun.objects.update(lease_until=LONG_AGO)
    assert take_step()
    assert stand(export) == ("done", "done", "")


def test_a_fault_of_ours_is_shown_in_the_end_and_does_not_run_hot(
    account: Account,
    connection: Connection,
    load: Load,
    make_export: Make,
    settings: LazySettings,
) -> None:
    load(EVENTS)
    export = make_export(connection)
    assert take_step()
    for file in Path(settings.LAKE_URL).rglob("*.parquet"):
        file.unlink()
    for attempt in range(1, 7):
        with pytest.raises(Exception, match="parquet"):
            take_step()
        unit = ExportUnit.objects.get()
        assert unit.lease_until is None
        assert not take_step(), f"attempt {attempt} was followed by another at once"
        ExportUnit.objects.update(next_attempt_at=None)
    assert stand(export) == ("running", "running", "internal_error")


def test_a_step_that_kills_its_workers_is_shown_in_the_end(
    connection: Connection, load: Load, make_export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(EVENTS)
    export = make_export(connection)
    assert take_step()

    def dies(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(steps, "unit_plan", dies)
    deaths = 0
    while take_step_or_die():
        deaths += 1
        assert stand(export)[2] == ""
        assert deaths < 10
        ExportUnit.objects.update(lease_until=LONG_AGO)
    assert deaths == 6
    assert stand(export) == ("running", "running", "internal_error")


def take_step_or_die() -> bool:
    try:
        take_step()
    except SystemExit:
        return True
    return False
