"""Very much of everything, with the longest names and the largest numbers that are allowed."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.eventstore.models import EventType
from clevertap_partners.webhooks.models import ALERTS, Delivery
from exports.models import Export, ExportFile, ExportRun, ExportUnit
from imports.models import Import, ImportRun
from integrations.models import Connection
from tests.browser.screens.little import Things, fail_rows
from tests.imports.factories import make_connection, make_import, make_run
from tests.lakes import DAY
from tests.services import Sandbox
from tests.states import recurring_for_screens

EXPORTS = 300
FILES = 600
RUNS = 80
LOGGED = 500
CONNECTIONS = 25
# What no line may break, in words and without any, from left to right and back, with an emoji.
LONG = "Warehouse_of_the_northern_region_with_a_name_as_long_as_names_may_be_here_123456"
NAMES = (LONG, "مستودع البيانات الشمالي", "Ünï 🛒 côde", "Daily load, northern region")
EVENT_NAMES = ("Charged", "Product Viewed", "X" * 120, "عرض المنتج", "Added To Cart 🛒")
FORMATS = ("json", "csv", "xml", "parquet")
STATUSES = ("done", "done", "done", "stopped", "pending", "running")
HUGE = 987_654_321_098


def fill(account: Account, person: User, sandbox: Sandbox) -> Things:
    events(account)
    buckets = [connection(account, number) for number in range(CONNECTIONS)]
    log(account, person)
    things = exports(account, buckets, person)
    return {**things, **alerts(account), **imports(account, person), "bucket": (buckets[0].pk,)}


def events(account: Account) -> None:
    names = [*EVENT_NAMES, *(f"Event number {number}" for number in range(400))]
    EventType.objects.bulk_create(
        EventType(account=account, name=name, first_day=DAY, last_day=DAY) for name in names
    )


def connection(account: Account, number: int) -> Connection:
    now = timezone.now()
    return Connection.objects.create(
        account=account,
        partner="google-cloud",
        nickname=f"{NAMES[number % len(NAMES)][:77]} {number}",
        target="a-bucket-with-a-very-long-name." * 5,
        client_email=f"a-service-account-{number}@a-project-with-a-long-name.iam.gserviceaccount.com",
        project_id="a-project-with-a-long-name",
        key_id="0123456789abcdef0123456789abcdef01234567",
        key_added_at=now - datetime.timedelta(days=400),
        failing_since=now if number % 3 == 0 else None,
        failure_message="The key was deleted. " * 10 if number % 3 == 0 else "",
    )


def log(account: Account, person: User) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(
            account=account,
            actor=person if number % 3 else None,
            action=("export_created", "connection_deleted", "import_changed")[number % 3],
            subject=f"{NAMES[number % len(NAMES)]} {number}",
            ip_address="2001:db8:1234:5678:9abc:def0:1234:5678",
        )
        for number in range(LOGGED)
    )


def exports(account: Account, buckets: list[Connection], person: User) -> Things:
    made = Export.objects.bulk_create(
        one_export(account, buckets[number % len(buckets)], person, number)
        for number in range(EXPORTS)
    )
    runs = ExportRun.objects.bulk_create(
        one_run(export, 0, "done" if export.status == "done" else export.status) for export in made
    )
    done = next(run for run in runs if run.status == "done")
    files(done)
    waiting = recurring_for_screens(buckets[1], person)
    waiting.runs.all().delete()
    ExportRun.objects.bulk_create(one_run(waiting, number, "done") for number in range(RUNS))
    Export.objects.filter(pk=waiting.pk).update(status="pending")
    for run in waiting.runs.all()[:5]:
        files(run, count=20)
    return {"done": (done.export.request_id,), "waiting": (waiting.request_id,)}


def one_export(account: Account, bucket: Connection, person: User, number: int) -> Export:
    status = STATUSES[number % len(STATUSES)]
    fails = status == "running"
    return Export(
        account=account,
        request_id=1_700_000_000 + number,
        partner="google-cloud",
        type=("all_events", "select_events", "all_user_properties")[number % 3],
        frequency="once",
        range_kind="date_range",
        connection=bucket,
        bucket_nickname=bucket.nickname,
        bucket_name=bucket.target[:63],
        event_names=list(EVENT_NAMES) if number % 3 == 1 else [],
        first_day=DAY,
        last_day=DAY,
        format=FORMATS[number % len(FORMATS)],
        status=status,
        created_by=person,
        trouble_code="key_deleted" if fails else "",
        trouble_message="The service account key was deleted in Google Cloud. " if fails else "",
        trouble_fix="Make a new key and put it in." if fails else "",
    )


def one_run(export: Export, number: int, status: str) -> ExportRun:
    began = timezone.now() - datetime.timedelta(hours=6 * number)
    return ExportRun(
        export=export,
        window=f"window {number}",
        run_timestamp=1_700_000_000 + number,
        status=status,
        connection=export.connection,
        bucket_nickname=export.bucket_nickname,
        bucket_name=export.bucket_name,
        first_day=DAY,
        last_day=DAY,
        format=export.format,
        rows_counted=HUGE,
        files_delivered=FILES,
        bytes_delivered=HUGE * 400,
        started_at=began,
        finished_at=began + datetime.timedelta(hours=2) if status == "done" else None,
        reconciliation=dict.fromkeys(
            ("rows_counted", "rows_read", "rows_in_files", "rows_in_bucket"), HUGE
        )
        | {"bucket_source": "listing"},
    )


def files(run: ExportRun, count: int = FILES) -> None:
    units = ExportUnit.objects.bulk_create(
        ExportUnit(
            run=run,
            part=part,
            event_day=DAY - datetime.timedelta(days=part),
            rows_counted=HUGE,
            status="done",
        )
        for part in range(30)
    )
    ExportFile.objects.bulk_create(
        one_file(run, units[number % len(units)], number) for number in range(count)
    )


def one_file(run: ExportRun, unit: ExportUnit, number: int) -> ExportFile:
    name = EVENT_NAMES[number % len(EVENT_NAMES)]
    return ExportFile(
        export=run.export,
        run=run,
        unit=unit,
        name=f"{run}-{name}-20261121-{number}-0.json",
        event_name=name,
        event_day=unit.event_day,
        index=number,
        rows=HUGE // (number + 1),
        bytes=99_999_999,
        crc32c="AAAAAA==",
        md5="1B2M2Y8AsgTpgAmY7PhCfg==",
        generation=7,
        min_ts=1,
        max_ts=2,
        stored_at=timezone.now(),
    )


def alerts(account: Account) -> Things:
    for number in range(CONNECTIONS):
        webhook = account.webhooks.create(
            url=f"https://{LONG.lower().replace('_', '-')[:60]}.example.com/{number}",
            name=NAMES[number % len(NAMES)],
            secret="whs_x",
            kinds=list(ALERTS),
        )
    Delivery.objects.bulk_create(
        Delivery(
            endpoint=webhook,
            kind="end",
            subject="1700000000",
            payload="{}",
            attempts=number % 9,
            given_up_at=timezone.now(),
            error="The receiver answered with a page of its own instead of a status. " * 3,
        )
        for number in range(60)
    )
    return {"webhook": (webhook.pk,)}


def imports(account: Account, person: User) -> Things:
    warehouses = [
        make_connection(account, nickname=f"{NAMES[number % len(NAMES)][:70]} BQ {number}")
        for number in range(CONNECTIONS)
    ]
    Connection.objects.filter(partner="bigquery").update(created_by=person)
    statuses = [status for status in Import.Status if status != Import.Status.RUNNING]
    for number in range(120):
        item = make_import(
            warehouses[number % CONNECTIONS],
            nickname=f"{NAMES[number % len(NAMES)][:70]} {number}",
            status=statuses[number % len(statuses)],
            created_by=person,
        )
        make_run(item, rows_read=HUGE, rows_imported=HUGE - 10**9, rows_failed=10**9)
    orders = make_import(warehouses[0], nickname=LONG, created_by=person)
    ImportRun.objects.bulk_create(import_run(orders, number) for number in range(1, RUNS))
    fail_rows(orders)
    return {"orders": (orders.pk,)}


def import_run(item: Import, number: int) -> ImportRun:
    began: Any = timezone.now() - datetime.timedelta(hours=2 * number)
    return ImportRun(
        parent=item,
        number=number,
        trigger="schedule",
        status="done",
        kind=item.kind,
        mapping=item.mapping,
        rows_read=HUGE,
        rows_imported=HUGE - number * 10**9,
        rows_failed=number * 10**9,
        started_at=began,
        finished_at=began,
    )
