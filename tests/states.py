"""Rows as they are in the middle of things, for screens behind which nothing works."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from exports.models import Export, ExportFile
from exports.services import export_create
from exports.spec import ExportSpec
from integrations.models import Connection
from tests.lakes import DAY


def connection_for_screens(account: Account) -> Connection:
    """A connection that is failing; nothing ever speaks to its bucket."""
    return Connection.objects.create(
        account=account,
        partner="google-cloud",
        nickname="Warehouse",
        bucket_name="shop-exports",
        client_email="loader@shop.iam.gserviceaccount.com",
        key_added_at=timezone.now(),
        failing_since=timezone.now(),
        failure_message="The key was deleted.",
    )


def export_for_screens(connection: Connection, person: User) -> Export:
    """Pending for ever."""
    spec = ExportSpec(
        connection_id=connection.pk,
        type="all_events",
        frequency="once",
        range_kind="specific_day",
        first_day=DAY,
        last_day=DAY,
        format="json",
    )
    return export_create(account=connection.account, connection=connection, spec=spec, actor=person)


def put_in_trouble(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(
        status="running",
        trouble_code="key_deleted",
        trouble_message="The key was deleted.",
        trouble_fix="Make a new one.",
    )


def finish(
    export: Export, *, event_name: str = "Charged", event_day: datetime.date | None = DAY
) -> None:
    """Done, with one file and the equation."""
    run = export.runs.get()
    unit = run.units.create(part=0, event_day=event_day, rows_counted=3, status="done")
    ExportFile.objects.create(
        run=run,
        unit=unit,
        name=f"{run}-Charged-20261121-0-0.json",
        event_name=event_name,
        event_day=event_day,
        index=0,
        rows=3,
        bytes=1_234_567,
        crc32c="AAAAAA==",
        generation=7,
        min_ts=1,
        max_ts=2,
        stored_at=timezone.now(),
    )
    counts = ("rows_counted", "rows_read", "rows_in_files", "rows_in_bucket")
    run.reconciliation = {**dict.fromkeys(counts, 3), "bucket_source": "listing"}
    run.status, run.rows_counted = "done", 3
    run.save()
    Export.objects.filter(pk=export.pk).update(status="done")
