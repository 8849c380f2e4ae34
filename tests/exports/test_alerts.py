"""What receivers are told of runs: the keys and formats that they know, each thing once."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PartnersError, PermanentError
from clevertap_partners.core.lease import claim
from clevertap_partners.webhooks.models import ALERTS, Delivery, Endpoint
from exports import alerts, work
from exports.models import Export, ExportFile, ExportRun, ExportUnit, Incident
from exports.runs import runs_revive
from exports.services import export_stop
from exports.steps import pin_content
from integrations.models import Connection

pytestmark = pytest.mark.django_db
Make = Callable[..., Export]
GONE = PermanentError("The bucket is gone.", code="bucket_not_found", fix="Make it again.")


@pytest.fixture
def webhook(account: Account) -> Endpoint:
    return Endpoint.objects.create(
        account=account, url="https://hooks.example.com/", secret="x", kinds=list(ALERTS)
    )


@pytest.fixture
def run(make_export: Make, saved_connection: Connection, webhook: Endpoint) -> ExportRun:
    """A planned run that nothing has been said of yet."""
    run = make_export(saved_connection).runs.get()
    pin_content(run)
    return run


def told() -> list[dict[str, Any]]:
    return [json.loads(each.payload) for each in Delivery.objects.order_by("pk")]


def store(run: ExportRun, index: int, *, stored: bool = True) -> None:
    unit, _ = ExportUnit.objects.get_or_create(run=run, part=0, defaults={"rows_counted": 7})
    ExportFile.objects.create(
        export=run.export,
        run=run,
        unit=unit,
        name=f"file-{index}",
        index=index,
        rows=10,
        bytes=1000,
        crc32c="AAAAAA==",
        stored_at=timezone.now() if stored else None,
    )


def test_a_start_has_the_keys_and_formats_that_receivers_know(
    run: ExportRun, account: Account
) -> None:
    Account.objects.update(time_zone="Asia/Kolkata")
    run = ExportRun.objects.get()
    with time_machine.travel(datetime.datetime(2023, 7, 25, 11, 20, 52, tzinfo=datetime.UTC)):
        alerts.run_started(run)
    (payload,) = told()
    assert list(payload.items())[:6] == [
        ("Export Request Id", run.export.request_id),
        ("Partner", "Google Cloud Storage"),
        ("Type", "Events"),
        ("Status", "Initiated"),
        ("Frequency", "One Time"),
        ("Date and Time", "25/07/2023 4:50:52 PM"),
    ]
    assert payload["Run Timestamp"] == run.run_timestamp
    assert (payload["Bucket"], payload["Format"]) == ("exports", "json")
    assert payload["Event Id"] == str(Delivery.objects.get().event_id)
    assert Delivery.objects.get().subject == str(run.export.request_id)


def test_an_end_says_what_is_in_the_bucket(run: ExportRun) -> None:
    store(run, 0)
    store(run, 1)
    store(run, 2, stored=False)
    alerts.run_ended(run)
    (payload,) = told()
    assert payload["Status"] == "Completed"
    assert (payload["Files"], payload["Rows"], payload["Bytes"]) == (2, 20, 2000)
    assert payload["Manifest"] == f"{run}-manifest.json"


def test_an_end_without_a_manifest_names_none(run: ExportRun) -> None:
    run.options = {**run.options, "manifest": False}
    alerts.run_ended(run)
    assert told()[0]["Manifest"] is None


def test_a_recurring_export_of_profiles_says_so(run: ExportRun) -> None:
    Export.objects.update(frequency="recurring", interval_hours=4, type="all_user_properties")
    alerts.run_started(ExportRun.objects.get())
    (payload,) = told()
    assert (payload["Type"], payload["Frequency"]) == ("Profiles", "Every 4 hours")


def test_a_failure_says_what_happened_and_what_to_do(run: ExportRun) -> None:
    alerts.run_failed(run, GONE)
    (payload,) = told()
    assert payload["Status"] == "Failed"
    assert payload["Error Code"] == "bucket_not_found"
    assert payload["Error Message"] == "The bucket is gone."
    assert payload["Error Fix"] == "Make it again."


def meets(run: ExportRun, error: PartnersError) -> None:
    """As a worker does whose step fails."""
    run = ExportRun.objects.get(pk=run.pk)
    lease = claim(run)
    assert lease is not None
    work._show_trouble(run, lease, error)


def test_a_failure_is_told_once_however_often_it_is_met(run: ExportRun) -> None:
    for _ in range(3):
        meets(run, GONE)
    assert len(told()) == 1


def test_a_failure_for_another_reason_is_told_also_when_it_is_an_earlier_one(
    run: ExportRun,
) -> None:
    for error in (GONE, PermanentError("The key is gone.", code="key_deleted"), GONE):
        meets(run, error)
    codes = [payload["Error Code"] for payload in told()]
    assert codes == ["bucket_not_found", "key_deleted", "bucket_not_found"]


def test_a_failure_after_a_recovery_is_a_new_one(run: ExportRun) -> None:
    for _ in range(2):
        meets(run, GONE)
        runs_revive(runs=ExportRun.objects.all())
    assert len(told()) == 2


def test_a_stopped_run_that_had_begun_has_an_end(run: ExportRun, member: User) -> None:
    ExportRun.objects.update(status="running")
    alerts.run_started(run)
    export_stop(export=run.export, actor=member)
    assert [payload["Status"] for payload in told()] == ["Initiated", "Stopped"]


def test_nothing_is_said_of_a_stopped_run_that_fails_afterwards(
    run: ExportRun, member: User
) -> None:
    lease = claim(run)
    assert lease is not None
    ExportRun.objects.update(status="stopped")
    work._show_trouble(run, lease, GONE)
    assert told() == []
    assert not Incident.objects.exists()


def test_start_and_end_are_told_once_each(run: ExportRun) -> None:
    for _ in range(2):
        alerts.run_started(run)
        alerts.run_ended(run)
    assert [payload["Alert"] for payload in told()] == ["start", "end"]


def test_every_webhook_gets_the_same_event(run: ExportRun, account: Account) -> None:
    Endpoint.objects.create(
        account=account, url="https://other.example.com/", secret="x", kinds=["start"]
    )
    alerts.run_started(run)
    deliveries = list(Delivery.objects.all())
    assert len(deliveries) == 2
    assert len({(each.event_id, each.payload) for each in deliveries}) == 1


def test_nothing_is_told_of_a_change_that_was_undone(run: ExportRun) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        alerts.run_started(run)
        raise RuntimeError
    assert told() == []


def test_an_account_without_webhooks_is_left_in_peace(run: ExportRun) -> None:
    Endpoint.objects.all().delete()
    alerts.run_started(run)
    assert not Delivery.objects.exists()
