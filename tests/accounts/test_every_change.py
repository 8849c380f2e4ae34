"""Every service that changes something on a person's word says so in the log, without secrets.

The services are found by their signature, so one that is added later needs a line in CALLS.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from clevertap_partners.accounts.models import Account, AuditEntry, Role
from clevertap_partners.accounts.services import account_record, member_set
from clevertap_partners.webhooks import services as webhooks
from clevertap_partners.webhooks.models import Endpoint
from exports import restarts
from exports import services as exports
from exports.models import Export, ExportRun
from imports import drafts
from imports import services as imports
from integrations import services as integrations
from integrations.models import Connection
from tests.accounts.world import ADDRESS, SPEC, World
from tests.imports.factories import make_run, open_run
from tests.states import put_in_trouble

pytestmark = pytest.mark.django_db

MODULES = (
    "clevertap_partners.accounts.services",
    "clevertap_partners.webhooks.services",
    "exports.restarts",
    "exports.services",
    "imports.drafts",
    "imports.services",
    "integrations.services",
    "integrations.testing",
)
# They have an actor and change nothing, or are what writes the log.
READ_ONLY = {
    "clevertap_partners.accounts.services.audit_record",
    "imports.drafts.draft_begun",
    "imports.services.note",
    "integrations.services.note",
    "integrations.testing.connection_test_start",
}


def endpoint_update(world: World) -> None:
    spec = dataclasses.replace(SPEC, url=f"{ADDRESS}2", kinds=("end", "failure"))
    webhooks.endpoint_update(endpoint=world.endpoint(), spec=spec, **world.by)


def endpoint_rotate(world: World) -> None:
    world.secrets.append(webhooks.endpoint_rotate(endpoint=world.endpoint(), **world.by))


def delivery_redeliver(world: World) -> None:
    delivery = webhooks.alert_test(endpoint=world.endpoint(), **world.by)
    type(delivery).objects.update(next_attempt_at=None)
    webhooks.delivery_redeliver(delivery=delivery, **world.by)


def export_create(world: World) -> None:
    export = world.export()
    exports.export_create(
        account=world.account, connection=connection_of(export), spec=world.spec(export), **world.by
    )


def export_edit(world: World) -> None:
    export = world.export()
    spec = world.spec(export, format="csv", interval_hours=12)
    exports.export_edit(export=export, connection=connection_of(export), spec=spec, **world.by)


def export_run_now(world: World) -> None:
    export = world.export()
    export.runs.update(status="done")
    exports.export_run_now(export=export, **world.by)


def run_restart(world: World) -> None:
    export = world.export()
    put_in_trouble(export)
    ExportRun.objects.update(status="running", trouble_code="name_taken")
    restarts.run_restart(run=export.runs.get(), **world.by)


def retry_failed_rows(world: World) -> None:
    run = make_run(world.import_(), failed_rows_kept=2)
    imports.import_retry_failed_rows(run=run, **world.by)


def import_retry(world: World) -> None:
    item = world.import_()
    open_run(item)
    imports.import_retry(item=item, **world.by)


def import_change(world: World) -> None:
    item = world.import_()
    mapping = {**item.mapping, "event_name": "Bought"}
    imports.import_change(item=item, values={"mapping": mapping, "table": "sales"}, **world.by)


def draft_keep(world: World) -> None:
    item = world.import_draft()
    drafts.draft_keep(item=item, actor=world.person, values={"table": "users"})


def connection_of(export: Export) -> Connection:
    assert export.connection
    return export.connection


Call = Callable[[World], object]
ACCOUNTS, WEBHOOKS = MODULES[:2]
# Service → what it is called with, the action that is noted, and labels of what has changed.
CALLS: dict[str, tuple[Call, str, set[str]]] = {
    f"{ACCOUNTS}.member_set": (
        lambda w: member_set(
            account=w.account, user=User.objects.create(username="new"), role=Role.VIEWER, **w.by
        ),
        "member added",
        {"Role"},
    ),
    f"{ACCOUNTS}.account_record": (
        lambda w: account_record(
            action="account changed", account=w.account, before={"Plan": "Advanced"}, **w.by
        ),
        "account changed",
        {"Plan"},
    ),
    f"{WEBHOOKS}.endpoint_create": (
        lambda w: w.endpoint(),
        "webhook added",
        {"Host", "Alerts", "Name"},
    ),
    f"{WEBHOOKS}.endpoint_update": (endpoint_update, "webhook changed", {"Host", "Alerts"}),
    f"{WEBHOOKS}.endpoint_disable": (
        lambda w: webhooks.endpoint_disable(endpoint=w.endpoint(), **w.by),
        "webhook disabled",
        {"Status"},
    ),
    f"{WEBHOOKS}.endpoint_enable": (
        lambda w: webhooks.endpoint_enable(endpoint=disabled(w), **w.by),
        "webhook enabled",
        {"Status"},
    ),
    f"{WEBHOOKS}.endpoint_rotate": (endpoint_rotate, "webhook secret rotated", set()),
    f"{WEBHOOKS}.endpoint_delete": (
        lambda w: webhooks.endpoint_delete(endpoint=w.endpoint(), **w.by),
        "webhook deleted",
        {"Host"},
    ),
    f"{WEBHOOKS}.alert_test": (
        lambda w: webhooks.alert_test(endpoint=w.endpoint(), **w.by),
        "webhook tested",
        set(),
    ),
    f"{WEBHOOKS}.delivery_redeliver": (delivery_redeliver, "webhook alert sent again", set()),
    "exports.services.export_create": (
        export_create,
        "export created",
        {"Bucket", "Format", "Every"},
    ),
    "exports.services.export_edit": (export_edit, "export edited", {"Format", "Every"}),
    "exports.services.export_run_now": (export_run_now, "export run now", set()),
    "exports.services.export_stop": (
        lambda w: exports.export_stop(export=w.export(), reason="No more.", **w.by),
        "export stopped",
        {"Status", "Reason"},
    ),
    "exports.services.export_retry": (
        lambda w: exports.export_retry(export=w.export(), **w.by),
        "export retried",
        set(),
    ),
    "exports.restarts.run_restart": (run_restart, "export run restarted", {"Run"}),
    "imports.drafts.draft_create": (
        lambda w: w.import_draft(),
        "import draft created",
        {"Nickname", "Connection"},
    ),
    "imports.drafts.draft_keep": (draft_keep, "import draft changed", {"Source"}),
    "imports.drafts.draft_discard": (
        lambda w: drafts.draft_discard(item=w.import_draft(), **w.by),
        "import draft discarded",
        {"Nickname"},
    ),
    "imports.services.import_submit": (
        lambda w: imports.import_submit(item=w.import_draft(), **w.by),
        "import created",
        {"Nickname", "Schedule"},
    ),
    "imports.services.import_change": (import_change, "import edited", {"Event name", "Source"}),
    "imports.services.import_run_now": (
        lambda w: imports.import_run_now(item=w.import_(), **w.by),
        "import run now",
        set(),
    ),
    "imports.services.import_pause": (
        lambda w: imports.import_pause(item=w.import_(), **w.by),
        "import paused",
        {"Status"},
    ),
    "imports.services.import_resume": (
        lambda w: imports.import_resume(item=w.import_(status="paused"), **w.by),
        "import resumed",
        {"Status"},
    ),
    "imports.services.import_stop": (
        lambda w: imports.import_stop(item=w.import_(), **w.by),
        "import stopped",
        {"Status"},
    ),
    "imports.services.import_delete": (
        lambda w: imports.import_delete(item=w.import_(), **w.by),
        "import deleted",
        {"Nickname", "Source"},
    ),
    "imports.services.import_retry": (import_retry, "import retried", set()),
    "imports.services.import_retry_failed_rows": (
        retry_failed_rows,
        "import failed rows again",
        {"Failed rows of run", "Run"},
    ),
    "integrations.services.connection_save": (
        lambda w: integrations.connection_save(draft=w.draft(), **w.by),
        "connection added",
        {"Key id", "Service account"},
    ),
    "integrations.services.connection_rename": (
        lambda w: integrations.connection_rename(
            connection=w.connection(), nickname="Other", **w.by
        ),
        "connection renamed",
        {"Nickname"},
    ),
    "integrations.services.connection_store_key": (
        lambda w: integrations.connection_store_key(
            connection=w.connection(), config_text=w.config(), **w.by
        ),
        "connection key replaced",
        {"Key id"},
    ),
    "integrations.services.connection_delete": (
        lambda w: integrations.connection_delete(connection=w.connection(), **w.by),
        "connection deleted",
        {"Key id", "Target"},
    ),
}


def disabled(world: World) -> Endpoint:
    found = world.endpoint()
    webhooks.endpoint_disable(endpoint=found, **world.by)
    found.refresh_from_db()
    return found


def services_with_an_actor() -> Iterator[str]:
    for name in MODULES:
        module = importlib.import_module(name)
        for service, function in inspect.getmembers(module, inspect.isfunction):
            is_own = function.__module__ == name and not service.startswith("_")
            if is_own and "actor" in inspect.signature(function).parameters:
                yield f"{name}.{service}"


@pytest.fixture
def world(account: Account, member: User, settings: LazySettings, tmp_path: Path) -> World:
    settings.LAKE_URL = str(tmp_path / "lake")
    return World(account, member)


def test_it_knows_every_service_that_a_person_can_cause() -> None:
    assert set(services_with_an_actor()) - READ_ONLY == set(CALLS)


@pytest.mark.parametrize("service", CALLS)
def test_every_change_is_noted_with_before_and_after_and_no_secret(
    service: str, world: World
) -> None:
    call, action, labels = CALLS[service]
    call(world)
    entry = AuditEntry.objects.filter(account=world.account).first()
    assert entry is not None
    assert (entry.action, entry.actor) == (action, world.person)
    assert labels <= set(entry.changes)
    assert all(old != new for old, new in entry.changes.values())
    assert bool(entry.changes) == bool(labels)
    for each in AuditEntry.objects.values():
        assert not [secret for secret in world.secrets if secret in json.dumps(each, default=str)]


def test_an_edit_that_changes_nothing_says_nothing_has_changed(world: World) -> None:
    export = world.export()
    spec = world.spec(export)
    exports.export_edit(export=export, connection=connection_of(export), spec=spec, **world.by)
    assert AuditEntry.objects.filter(action="export edited").get().changes == {}


def test_a_changed_setting_is_told_in_the_words_of_the_form(world: World) -> None:
    export_edit(world)
    changes = AuditEntry.objects.get(action="export edited").changes
    assert changes == {"Format": ["json", "csv"], "Every": ["6 hours", "12 hours"]}


def test_it_says_where_a_change_came_from(
    world: World, member_client: Client, admin_client: Client
) -> None:
    export = world.export()
    member_client.post(f"/100000000/settings/partners/exports/{export}/retry/")
    admin_client.post(
        "/admin/exports/export/",
        {"action": "try_again", "_selected_action": [export.pk], "confirmed": "yes"},
    )
    call_command("retry_run", str(export.runs.get()))
    exports.export_stop(export=export, actor=None, reason="It failed for three days.")
    noted = AuditEntry.objects.exclude(action__in=["export created", "connection added"])
    assert [
        (entry.action, entry.via, entry.command, bool(entry.ip_address)) for entry in noted
    ] == [
        ("export stopped", "system", "", False),
        ("export retried", "command", "retry_run", False),
        ("export retried", "admin", "", True),
        ("export retried", "web", "", True),
    ]


def test_rotating_keys_is_noted_in_the_accounts_whose_secrets_they_are(
    world: World, other_account: Account, settings: LazySettings
) -> None:
    world.connection()
    old = settings.PARTNERS_SECRET_KEYS
    settings.PARTNERS_SECRET_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleSE=", *old]
    call_command("rotate_keys")
    entry = AuditEntry.objects.get(action="secrets encrypted anew")
    assert (entry.account, entry.subject, entry.command) == (
        world.account,
        "1 secrets",
        "rotate_keys",
    )
