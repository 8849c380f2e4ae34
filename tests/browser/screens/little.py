"""A little of everything: exports, imports, webhooks and letters in each of their states."""

from __future__ import annotations

import json
import uuid
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import get_connection
from django.core.management import call_command
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.faults import error
from clevertap_partners.core.trouble import trouble
from clevertap_partners.eventstore.models import EventType
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.sending import message_for
from clevertap_partners.sandbox.mailbox.store import Store
from exports.admin import STOPPED_BY_OPERATOR
from exports.incidents import incident_note
from exports.models import Export
from exports.services import export_stop
from imports import row_faults
from imports.drafts import draft_create
from imports.faults import COLUMN_MISSING
from imports.mapping import Mapping, Property, as_json
from imports.models import Import
from integrations.models import Connection, CredentialTest
from integrations.partners.gcs import faults as gcs
from tests.fakes.warehouse import COLUMNS_AS_JSON
from tests.imports.factories import keep_failed, make_connection, make_import, make_run, open_run
from tests.lakes import DAY
from tests.services import Sandbox
from tests.states import (
    alerts_for_screens,
    connection_for_screens,
    export_for_screens,
    finish,
    recurring_for_screens,
    run_done,
)

Things = dict[str, tuple[Any, ...]]
FAILED_ROWS = 45
VISITS = Mapping(
    "events",
    "user_id",
    cursor_column="updated_at",
    cursor_kind="timestamp",
    created_on_column="created_at",
    created_on_format="native",
    event_name="Signed Up",
    properties=(Property("plan", "Plan", "string"), Property("visits", "Visits", "integer")),
)
WHO = {"client_email": "loader@shop.iam.gserviceaccount.com", "project_id": "shop"}
PROBLEM = error(gcs.MAY_NOT_CREATE, bucket="shop-exports", **WHO)
NO_BUCKET = error(gcs.BUCKET_NOT_FOUND, bucket="shop-archive", **WHO)
NO_COLUMN = error(COLUMN_MISSING, column="amount")


def fill(account: Account, person: User, sandbox: Sandbox) -> Things:
    load_events(account)
    bucket = connection_for_screens(account)
    return {
        **exports(bucket, person),
        **tests_of_credentials(bucket, person),
        **alerts(account),
        **imports(account),
        **wizard(account, person),
        **google(sandbox),
        **letter(),
    }


def load_events(account: Account) -> None:
    """One person, and two events of the catalogue."""
    for name in ("Charged", "Product Viewed"):
        EventType.objects.create(account=account, name=name, first_day=DAY, last_day=DAY)
    now = int(timezone.now().timestamp())
    with TemporaryDirectory() as folder:
        file = Path(folder) / "person.ndjson"
        file.write_text(json.dumps({"type": "profile", "identity": "u-1", "ts": now}))
        call_command("load_events", str(file), account=account.pk, stdout=StringIO())


def exports(bucket: Connection, person: User) -> Things:
    pending, troubled, done = (export_for_screens(bucket, person) for _ in range(3))
    waiting, stopped = (recurring_for_screens(bucket, person) for _ in range(2))
    run_done(waiting)
    export_stop(export=stopped, actor=None, reason=STOPPED_BY_OPERATOR)
    Export.objects.filter(pk=troubled.pk).update(status="running", **trouble(PROBLEM))
    incident_note(export=Export.objects.get(pk=troubled.pk), error=PROBLEM)
    finish(done)
    named = {
        "pending": pending,
        "troubled": troubled,
        "done": done,
        "waiting": waiting,
        "stopped": stopped,
    }
    return {name: (export.request_id,) for name, export in named.items()}


def tests_of_credentials(bucket: Connection, person: User) -> Things:
    advice, _, command = NO_BUCKET.fix.partition("\n")
    steps = [
        {"title": "The key is JSON", "outcome": "passed", "sentence": ""},
        {
            "title": "The bucket exists",
            "outcome": "failed",
            "field": "bucket_name",
            "sentence": NO_BUCKET.message,
            "fix": advice,
            "command": command,
        },
        {"title": "Objects may be created", "outcome": "skipped", "sentence": ""},
    ]
    batches = {}
    for name, status in (("tests", "running"), ("tests_failed", "failed")):
        test = CredentialTest.objects.create(
            account=bucket.account,
            partner=bucket.partner,
            batch=uuid.uuid4(),
            purpose="add",
            nickname="Archive",
            target="shop-archive",
            status=status,
            steps=steps,
            created_by=person,
        )
        batches[name] = (test.batch,)
    return {**batches, "bucket": (bucket.pk,)}


def alerts(account: Account) -> Things:
    alerts_for_screens(account)
    webhook = account.webhooks.filter(deliveries__isnull=False).first()
    assert webhook
    delivery = webhook.deliveries.first()
    assert delivery
    return {"webhook": (webhook.pk,), "delivery": (webhook.pk, delivery.pk)}


def imports(account: Account) -> Things:
    """Imports in every state; one has a run of which some rows have failed."""
    warehouse = make_connection(account)
    for status in ("ready", "paused", "stopped"):
        other = make_import(warehouse, nickname=f"Visits, {status}", status=status)
        make_run(other, rows_imported=40 if status == "paused" else 100, rows_failed=60)
    refunds = make_import(warehouse, nickname="Refunds")
    Import.objects.filter(pk=refunds.pk).update(**trouble(NO_COLUMN))
    open_run(refunds, rows_expected=400)
    orders = make_import(warehouse, nickname="Orders")
    fail_rows(orders)
    return {"orders": (orders.pk,), "orders_run": (orders.pk, 1), "refunds": (refunds.pk,)}


def fail_rows(orders: Import) -> None:
    number, date = row_faults.NOT_A_NUMBER, row_faults.DATE_FORMAT
    run = make_run(
        orders,
        rows_read=10_000,
        rows_imported=10_000 - FAILED_ROWS,
        rows_failed=FAILED_ROWS,
        rows_known=3,
        failed_rows_kept=FAILED_ROWS,
        bytes_billed=12_500_000,
        failures={number: {"amount": FAILED_ROWS}, date: {"born": 1}},
        notes=["The source has a new column, “coupon”. It is not mapped."],
    )
    original = pa.table(
        {
            "customer": [f"c-{row}@example.com" for row in range(FAILED_ROWS)],
            "amount": [f"{row} EUR" for row in range(FAILED_ROWS)],
            "born": ["1999-12-31", *["31/12/1999"] * (FAILED_ROWS - 1)],
        }
    )
    failures: list[list[tuple[str, str, str | None]]] = [
        [("amount", number, f"{row} EUR")] for row in range(FAILED_ROWS)
    ]
    failures[0].append(("born", date, "1999-12-31"))
    keep_failed(run, original, failures)


def wizard(account: Account, person: User) -> Things:
    """A draft that has its source, one that has its mapping, and an import that may be changed."""
    source = {
        "connection": account.connections.get(partner="bigquery"),
        "source": "table",
        "table": "users",
        "columns": COLUMNS_AS_JSON,
    }
    mapped = {"kind": VISITS.kind, "mapping": as_json(VISITS)}
    draft = draft_create(account=account, actor=person, values={**source, "nickname": "People"})
    other = draft_create(account=account, actor=person, values={**source, "nickname": "Visits"})
    Import.objects.filter(pk=other.pk).update(**mapped)
    running = make_import(source["connection"], nickname="Sign-ups")
    Import.objects.filter(pk=running.pk).update(**source, **mapped, cursor_us=1)
    return {"draft": (draft.pk,), "mapped": (other.pk,), "wizard_import": (running.pk,)}


def google(sandbox: Sandbox) -> Things:
    """A bucket with one file, and an account that may no longer write into it."""
    sandbox.create_bucket("shop-exports", retention_s=86_400)
    key = sandbox.create_service_account(buckets=["shop-exports"])
    sandbox.put("shop-exports", "a-file.json", b"Charged\n{}\n", key)
    sandbox.console.lock_retention("shop-exports")
    sandbox.console.disable_account(key["client_email"])
    return {"sandbox_account": (key["client_email"],), "sandbox_bucket": ("shop-exports",)}


def letter() -> Things:
    """The letter about the export in trouble, as if it had been sent."""
    store, mail = Store(settings.SANDBOX_MAIL_DIR), Mail.objects.latest("pk")
    store.clear()
    message = message_for(mail, "admin@example.com", get_connection()).message().as_bytes()
    store.add(message, sender="partners@localhost", recipients=["admin@example.com"])
    return {"mail": (store.ids()[0],)}
