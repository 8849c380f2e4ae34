"""Rows as they are in the middle of things, for screens behind which nothing works."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Max, Sum
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.faults import error
from clevertap_partners.core.trouble import trouble
from clevertap_partners.webhooks.models import ALERTS, Endpoint
from exports.models import Export, ExportFile, ExportRun, ExportUnit
from exports.services import export_create
from exports.spec import ExportSpec
from integrations.models import Connection
from integrations.partners.google import faults as google
from tests.lakes import DAY

CLIENT_EMAIL = "loader@shop.iam.gserviceaccount.com"
KEY_DELETED = error(google.KEY_DELETED, client_email=CLIENT_EMAIL, project_id="shop")


def connection_for_screens(account: Account) -> Connection:
    """A connection that is failing; nothing ever speaks to its bucket."""
    return Connection.objects.create(
        account=account,
        partner="google-cloud",
        nickname="Warehouse",
        target="shop-exports",
        client_email=CLIENT_EMAIL,
        key_added_at=timezone.now(),
        failing_since=timezone.now(),
        failure_message=KEY_DELETED.message,
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


def recurring_for_screens(connection: Connection, person: User, **changes: Any) -> Export:
    """Every 6 hours, with its first run under way for ever."""
    start = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    fields: dict[str, Any] = {
        "connection_id": connection.pk,
        "type": "all_events",
        "frequency": "recurring",
        "range_kind": "",
        "first_day": start.date(),
        "last_day": None,
        "format": "json",
        "interval_hours": 6,
        "starts_at": start,
    }
    spec = ExportSpec(**{**fields, **changes})
    return export_create(account=connection.account, connection=connection, spec=spec, actor=person)


def run_done(export: Export, *, rows: int = 3, event_day: datetime.date | None = DAY) -> ExportRun:
    """End the run under way, with one file of so many rows or none; the export waits again."""
    run = export.runs.get(status__in=Export.OPEN)
    if rows:
        unit = run.units.create(part=0, event_day=event_day, rows_counted=rows, status="done")
        ExportFile.objects.create(
            export=export,
            run=run,
            unit=unit,
            name=f"{run}-Charged-20261121-0-0.json",
            event_name="Charged" if event_day else "",
            event_day=event_day,
            index=0,
            rows=rows,
            bytes=1000 * rows,
            crc32c="AAAAAA==",
            generation=7,
            stored_at=timezone.now(),
        )
    counts = ("rows_counted", "rows_read", "rows_in_files", "rows_in_bucket")
    run.reconciliation = {**dict.fromkeys(counts, rows), "bucket_source": "listing"}
    run.status, run.rows_counted, run.options = "done", rows, export.options
    run.files_delivered, run.bytes_delivered = int(rows > 0), 1000 * rows
    run.started_at = run.finished_at = timezone.now()
    run.save()
    Export.objects.filter(pk=export.pk).update(status="pending")
    count_files(export)
    return run


def count_files(export: Export) -> None:
    """As the ledger would have counted the files that a test has made, and when runs began."""
    for unit in ExportUnit.objects.filter(run__export=export):
        ExportUnit.objects.filter(pk=unit.pk).update(**_sums(unit.files))
    began = export.runs.aggregate(last=Max("started_at"))["last"]
    last = int(began.timestamp()) if began else 0
    Export.objects.filter(pk=export.pk).update(**_sums(export.files), last_run_timestamp=last)


def _sums(files: Any) -> dict[str, int]:
    return files.filter(stored_at__isnull=False).aggregate(
        rows_written=Sum("rows", default=0),
        bytes_written=Sum("bytes", default=0),
        files_written=Count("pk"),
    )


def put_in_trouble(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(
        status="running",
        **trouble(KEY_DELETED),
    )


def finish(
    export: Export, *, event_name: str = "Charged", event_day: datetime.date | None = DAY
) -> None:
    """Done, with one file and the equation."""
    run = export.runs.get()
    unit = run.units.create(part=0, event_day=event_day, rows_counted=3, status="done")
    ExportFile.objects.create(
        export=export,
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
    run.files_delivered, run.bytes_delivered = 1, 1_234_567
    run.save()
    Export.objects.filter(pk=export.pk).update(status="done")
    count_files(export)


def alerts_for_screens(account: Account) -> list[str]:
    """Webhooks in every state; the addresses, below that of alerts, of what is to see of them."""
    now = timezone.now()
    states: list[dict[str, Any]] = [
        {},
        {"failing_since": now, "failures": 2},
        {"paused_at": now, "pause_reason": "The receiver answered 410."},
        {"enabled": False},
    ]
    for number, state in enumerate(states):
        url = f"https://hooks.example.com/{number}"
        webhook = Endpoint.objects.create(
            account=account, url=url, secret="whs_x", kinds=list(ALERTS), **state
        )
    webhook.deliveries.create(kind="start", payload="{}", delivered_at=now, status_code=200)
    failed = webhook.deliveries.create(
        kind="end", payload="{}", given_up_at=now, error="Nothing answers at hooks.example.com."
    )
    below = ("", "rotate/", "delete/", "deliveries/", f"deliveries/{failed.pk}/")
    return ["new/", *(f"{webhook.pk}/{path}" for path in below)]
