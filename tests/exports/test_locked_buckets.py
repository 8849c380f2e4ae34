"""Buckets that give nothing back: a locked retention policy, and no right but to create objects."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from google.api_core.exceptions import Forbidden

from clevertap_partners.accounts.models import Account
from exports import work
from exports.models import Export, ExportFile, ExportRun, ExportUnit
from exports.pipeline.encode import FORMATS
from exports.selectors import encode_options
from exports.services import export_retry
from integrations.models import Connection
from integrations.partners.gcs.sink import GcsSink
from tests.connections import CREATE_AND_READ, connect
from tests.exports.torture.decoders import read_rows
from tests.exports.torture.loading import load
from tests.exports.torture.scenario import MIDNIGHT, kinds, row_of
from tests.exports.torture.verdict import event_name_of, is_manifest
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.services]

Make = Callable[..., Export]

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
EVENTS = [
    {
        "type": "event",
        "identity": f"u-{serial % 5}",
        "evtName": "A/B" if serial % 3 else "A B",
        "ts": MIDNIGHT + serial,
        "evtData": {"serial": serial, "note": f"note {serial} 🛒"},
    }
    for serial in range(60)
]
PEOPLE = [
    {
        "type": "profile",
        "identity": f"u-{serial}",
        "ts": MIDNIGHT,
        "profileData": {"serial": serial, "note": f"note {serial} 🛒"},
    }
    for serial in range(60)
]
# What is told of answers that look like a taken name.
ANSWERED = {
    "encryption_enforcement": "encryption_enforcement",
    "public_access_prevention": "request_refused",
}
# A Parquet file is a few kilobytes before its first row.
MAX_BYTES = 6_000


@pytest.fixture
def locked(account: Account, sandbox: Sandbox, settings: LazySettings) -> Connection:
    """To a locked bucket, with `storage.objects.create` and nothing else."""
    settings.EXPORT_FILE_MAX_BYTES = MAX_BYTES
    sandbox.create_bucket("locked", retention_s=30 * 86_400)
    sandbox.console.lock_retention("locked")
    key = sandbox.create_service_account()
    sandbox.grant("locked", key["client_email"], "storage.objects.create")
    return connect(account, key, "locked")


def start(make_export: Make, connection: Connection, kind: str, format_key: str) -> Export:
    """Load records of this kind and ask for all of them."""
    about_people = kind == "all_user_properties"
    load(connection.account, PEOPLE if about_people else EVENTS)
    days = {"range_kind": "", "first_day": None, "last_day": None} if about_people else {}
    return make_export(connection, type=kind, format=format_key, **days)


def assert_complete(sandbox: Sandbox, export: Export) -> None:
    """Done, with a manifest; every record once; objects were created and never touched again."""
    export.refresh_from_db()
    assert (export.status, export.trouble_code) == ("done", "")
    objects = {one["name"]: one for one in sandbox.objects("locked")}
    files = {name: one for name, one in objects.items() if not is_manifest(name)}
    [manifest] = [sandbox.read("locked", name) for name in objects.keys() - files.keys()]
    assert {file["name"] for file in json.loads(manifest)["files"]} == files.keys()
    found = Counter(row for one in files.values() for row in rows_in(sandbox, export, one))
    records = PEOPLE if export.type == "all_user_properties" else EVENTS
    assert found == Counter(row_of(record) for record in records)
    changes = [change for call in sandbox.console.journal() for change in call["changes"]]
    assert sorted(changes) == sorted(f"create {name}" for name in objects)


def rows_in(sandbox: Sandbox, export: Export, stored: dict[str, Any]) -> list[Any]:
    content = sandbox.read("locked", stored["name"])
    options = encode_options(export)
    return read_rows(
        export.format, stored["name"], content, options, event_name=event_name_of(stored)
    )


@pytest.mark.parametrize(("kind", "format_key"), kinds())
def test_the_right_to_create_objects_is_enough_for_a_locked_bucket(
    kind: str, format_key: str, locked: Connection, sandbox: Sandbox, make_export: Make
) -> None:
    export = start(make_export, locked, kind, format_key)
    work.work()
    assert_complete(sandbox, export)
    assert len(sandbox.names("locked")) > 1


@pytest.mark.parametrize("format_key", FORMATS)
def test_lost_answers_are_no_trouble_in_a_locked_bucket(
    format_key: str, locked: Connection, sandbox: Sandbox, make_export: Make
) -> None:
    export = start(make_export, locked, "all_events", format_key)
    # Only the bucket itself can now tell what it holds, and it may not be asked.
    sandbox.add_fault(operation="insert", action="fail_after_write", status=503)
    sandbox.add_fault(operation="insert", action="fail_after_write", cut=True)
    work.work()
    assert_complete(sandbox, export)
    assert not sandbox.console.faults()


@pytest.mark.parametrize("answer", ["encryption_enforcement", "public_access_prevention"])
def test_a_condition_of_the_bucket_is_never_taken_for_a_file_that_was_stored(
    answer: str, locked: Connection, sandbox: Sandbox, make_export: Make, member: User
) -> None:
    """Google answers it with the status and the reason of a taken name, and we may not look."""
    export = start(make_export, locked, "all_events", "json")
    sandbox.add_fault(operation="insert", action="reject", status=503)
    refusal = sandbox.console.let_google_answer(answer, bucket="locked")
    # Nor after the announcement of an earlier attempt.
    for _ in range(2):
        work.work()
        export.refresh_from_db()
        assert export.status != Export.Status.DONE
        assert export.trouble_code == ANSWERED[answer]
        assert ExportFile.objects.filter(stored_at__isnull=False).count() == 0
        export_retry(export=export, actor=member)
    assert sandbox.names("locked") == []
    sandbox.console.remove_fault(refusal)
    work.work()
    assert_complete(sandbox, export)


@pytest.mark.parametrize(
    ("dies_after", "format_key"),
    [*(("an event file", format_key) for format_key in FORMATS), ("the manifest", "json")],
)
def test_a_worker_that_dies_after_an_upload_is_no_trouble_in_a_locked_bucket(
    dies_after: str,
    format_key: str,
    locked: Connection,
    sandbox: Sandbox,
    make_export: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    export = start(make_export, locked, "all_events", format_key)
    real = GcsSink.create

    def stored_and_dead(sink: GcsSink, new: Any, body: Any) -> Any:
        stored = real(sink, new, body)
        if is_manifest(new.name) == (dies_after == "the manifest"):
            raise SystemExit
        return stored

    with monkeypatch.context() as patch:
        patch.setattr(GcsSink, "create", stored_and_dead)
        with pytest.raises(SystemExit):
            work.work()
    before = set(sandbox.names("locked"))
    assert before
    ExportRun.objects.update(lease_until=LONG_AGO)
    ExportUnit.objects.filter(status="pending").update(lease_until=LONG_AGO)
    work.work()
    assert_complete(sandbox, export)
    assert before <= set(sandbox.names("locked"))


def test_what_was_exported_to_a_locked_bucket_can_be_neither_deleted_nor_replaced(
    locked: Connection, sandbox: Sandbox, make_export: Make
) -> None:
    export = start(make_export, locked, "all_events", "json")
    work.work()
    owner = sandbox.create_service_account("bucket-owner", buckets=["locked"], role=CREATE_AND_READ)
    for name in sandbox.names("locked"):
        blob = sandbox.client(owner).bucket("locked").blob(name)
        for change in (blob.delete, lambda blob=blob: blob.upload_from_string(b"other")):
            with pytest.raises(Forbidden) as caught:
                change()
            assert "retentionPolicyNotMet" in f"{caught.value} {caught.value.errors}"
    assert_complete(sandbox, export)
