from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from clevertap_partners.accounts.models import AuditEntry
from exports import dependants, services
from exports.models import Export, ExportRun
from exports.runs import run_create
from integrations.models import Connection

pytestmark = pytest.mark.django_db

Make = Callable[..., Export]


def test_request_ids_are_epoch_seconds_and_step_forward(
    saved_connection: Connection, make_export: Make
) -> None:
    with time_machine.travel(1_795_300_000, tick=False):
        made = [make_export(saved_connection).request_id for _ in range(3)]
    assert made == [1_795_300_000, 1_795_300_001, 1_795_300_002]


def test_nothing_is_saved_when_a_part_fails(
    saved_connection: Connection, make_export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise DatabaseError("no audit log")

    monkeypatch.setattr(services, "audit_record", fail)
    with pytest.raises(DatabaseError):
        make_export(saved_connection)
    assert not Export.objects.exists()
    assert not ExportRun.objects.exists()


def test_a_window_has_one_run_however_often_it_is_asked_for(
    saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    assert run_create(export=export, window="once") == export.runs.get()


def test_a_worker_is_rung_after_the_commit_with_no_secret_and_no_argument(
    saved_connection: Connection,
    make_export: Make,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    rung: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "clevertap_partners.core.queue._ring", lambda task, args, *_: rung.append((task, args))
    )
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        make_export(saved_connection)
        assert not rung
    assert rung == [("exports.tasks.work", ())]


def test_creating_and_stopping_are_in_the_audit_log(
    saved_connection: Connection, make_export: Make, member: User
) -> None:
    export = make_export(saved_connection)
    services.export_stop(export=export, actor=member, ip="203.0.113.9")
    actions = AuditEntry.objects.order_by("pk").values_list("action", "subject", "ip_address")
    assert list(actions) == [
        ("export created", str(export), None),
        ("export stopped", str(export), "203.0.113.9"),
    ]


def test_trying_again_makes_due_what_was_waiting(
    saved_connection: Connection, make_export: Make, member: User
) -> None:
    export = make_export(saved_connection)
    with time_machine.travel("2030-01-01"):
        late = make_export(saved_connection).created_at
    ExportRun.objects.update(next_attempt_at=late, trouble_code="x", attempts=3)
    Export.objects.update(trouble_code="x")
    services.export_retry(export=export, actor=member)
    run = export.runs.get()
    assert (run.next_attempt_at, run.trouble_code, run.attempts) == (None, "", 0)
    export.refresh_from_db()
    assert export.trouble_code == ""


def test_a_connection_learns_which_exports_use_it_and_stops_them(
    saved_connection: Connection, make_export: Make, member: User
) -> None:
    open_, ended = make_export(saved_connection), make_export(saved_connection)
    services.export_stop(export=ended, actor=member)
    assert dependants.exports_using(saved_connection) == [f"Export {open_} (Pending)"]
    dependants.exports_stop(saved_connection, member)
    assert not dependants.exports_using(saved_connection)


def test_options_are_kept_as_they_were_asked_for(
    saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    assert json.loads(json.dumps(export.options)) == {
        "identifiers": ["identity"],
        "clevertap_id": False,
        "values_as_strings": False,
        "compress": False,
        "event_name_line": True,
        "formula_guard": False,
        "manifest": True,
        "max_bytes": 100_000_000,
    }


def test_user_properties_are_not_exported_once_beside_a_recurring_export_of_them(
    saved_connection: Connection, make_export: Make, recurring: Export
) -> None:
    once = {"type": "all_user_properties", "first_day": None, "last_day": None}
    with pytest.raises(services.ProfilesUnderWay, match=str(recurring)) as refused:
        make_export(saved_connection, **once)
    assert refused.value.blocker == recurring
    assert list(Export.objects.all()) == [recurring]
    make_export(saved_connection)


def test_user_properties_are_not_exported_regularly_beside_any_other_export_of_them(
    saved_connection: Connection, make_export: Make, make_recurring: Make
) -> None:
    once = make_export(saved_connection, type="all_user_properties", first_day=None, last_day=None)
    with pytest.raises(services.ProfilesUnderWay, match="is sending all user properties") as met:
        make_recurring(saved_connection)
    assert (met.value.blocker, met.value.code) == (once, "profiles_under_way")
    Export.objects.update(status="done")
    first = make_recurring(saved_connection)
    with pytest.raises(services.ProfilesUnderWay, match=str(first)):
        make_recurring(saved_connection)


def test_nobody_makes_another_export_of_profiles_while_one_is_looked_for(
    saved_connection: Connection, make_export: Make
) -> None:
    with CaptureQueriesContext(connection) as queries:
        make_export(saved_connection, type="all_user_properties", first_day=None, last_day=None)
    locks = [number for number, query in enumerate(queries) if " FOR UPDATE" in query["sql"]]
    looks = [number for number, query in enumerate(queries) if "recurring" in query["sql"]]
    if connection.features.has_select_for_update:
        assert "accounts_account" in queries[locks[0]]["sql"]
        assert locks[0] < looks[0]
    # Without row locks, the whole database is locked from the start of the transaction.
    assert len(looks) == 1
