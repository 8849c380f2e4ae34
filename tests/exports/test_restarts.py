"""Runs that cannot go on as they began: another key, another bucket, or anew in the same one."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clevertap_partners.accounts.models import Account
from exports.dependants import exports_stop, exports_using
from exports.models import Export, ExportRun
from exports.services import export_edit
from exports.work import take_step, work
from integrations.models import Connection
from tests.connections import CREATE_AND_READ, connect
from tests.exports.conftest import spec_for
from tests.lakes import DAY, event
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.services]

DAYS = [event("A", at=at - 86_400 * day, evtData={"n": at}) for day in range(3) for at in (1, 2)]


def recurring_spec(connection: Connection) -> Any:
    return spec_for(
        connection,
        frequency="recurring",
        range_kind="",
        first_day=DAY - datetime.timedelta(days=2),
        last_day=None,
        interval_hours=24,
        starts_at=datetime.datetime(2026, 11, 19, tzinfo=datetime.UTC),
    )


@pytest.fixture
def export(
    connection: Connection, load: Callable[..., None], make_export: Callable[..., Export]
) -> Export:
    """Of three days the first is delivered; then the account is disabled."""
    load(DAYS)
    spec = recurring_spec(connection)
    fields = ("frequency", "range_kind", "first_day", "last_day", "interval_hours", "starts_at")
    export = make_export(connection, **{name: getattr(spec, name) for name in fields})
    assert take_step() and take_step()
    assert export.runs.get().files.count() == 1
    return export


def break_key(export: Export, sandbox: Sandbox) -> None:
    sandbox.console.disable_account("exporter@partners-sandbox.iam.gserviceaccount.com")
    work()
    export.refresh_from_db()
    assert export.trouble_code


def records(sandbox: Sandbox, bucket: str) -> Counter[str]:
    names = [name for name in sandbox.names(bucket) if not name.endswith("manifest.json")]
    lines = (line for name in names for line in sandbox.read(bucket, name).splitlines()[1:])
    return Counter(line.decode() for line in lines)


def other(account: Account, sandbox: Sandbox, bucket: str, nickname: str) -> Connection:
    if bucket not in {each["name"] for each in sandbox.console.buckets()}:
        sandbox.create_bucket(bucket)
    key = sandbox.create_service_account(nickname, buckets=[bucket], role=CREATE_AND_READ)
    return connect(account, key, bucket, nickname=nickname)


def edit(export: Export, connection: Connection, member: User) -> bool:
    return export_edit(
        export=export, connection=connection, spec=recurring_spec(connection), actor=member
    )


def assert_done(export: Export) -> None:
    export.refresh_from_db()
    assert (export.status, export.trouble_code) == ("pending", "")


def test_with_another_key_for_the_same_bucket_a_run_goes_on_where_it_was(
    export: Export, sandbox: Sandbox, account: Account, member: User
) -> None:
    break_key(export, sandbox)
    assert not edit(export, other(account, sandbox, "exports", "renewed"), member)
    work()
    assert_done(export)
    assert export.runs.count() == 1
    found = records(sandbox, "exports")
    assert found.total() == len(found) == len(DAYS)


def test_in_another_bucket_it_begins_anew_and_back_in_the_first_it_goes_on(
    export: Export, sandbox: Sandbox, account: Account, member: User, connection: Connection
) -> None:
    break_key(export, sandbox)
    elsewhere = other(account, sandbox, "elsewhere", "elsewhere")
    sandbox.console.delete_bucket("elsewhere")
    assert edit(export, elsewhere, member)
    work()
    export.refresh_from_db()
    assert export.trouble_code == "bucket_not_found"
    sandbox.console.enable_account("exporter@partners-sandbox.iam.gserviceaccount.com")
    assert edit(export, connection, member)
    work()
    assert_done(export)
    found = records(sandbox, "exports")
    assert found.total() == len(found) == len(DAYS)
    assert sorted(export.runs.values_list("status", flat=True)) == ["done", "stopped"]


def test_an_edit_leaves_a_healthy_run_and_the_next_one_saves_it_when_it_fails(
    export: Export, sandbox: Sandbox, account: Account, member: User
) -> None:
    elsewhere = other(account, sandbox, "elsewhere", "elsewhere")
    assert not edit(export, elsewhere, member)
    break_key(export, sandbox)
    assert edit(export, elsewhere, member)
    work()
    assert_done(export)
    assert records(sandbox, "elsewhere").total() == len(DAYS)


def test_deleting_the_bucket_of_a_run_under_way_moves_the_run_not_the_export(
    export: Export, sandbox: Sandbox, account: Account, member: User, connection: Connection
) -> None:
    elsewhere = other(account, sandbox, "elsewhere", "elsewhere")
    edit(export, elsewhere, member)
    (line,) = exports_using(connection)
    assert "begins anew in elsewhere" in line
    exports_stop(connection, member)
    work()
    assert_done(export)
    assert records(sandbox, "elsewhere").total() == len(DAYS)


def test_a_run_whose_files_were_taken_away_begins_anew_on_the_customers_word(
    export: Export, sandbox: Sandbox, member_client: Client
) -> None:
    run = export.runs.get()
    while run.units.filter(status="pending").exists():
        assert take_step()
    sandbox.console.empty_bucket("exports")
    work()
    export.refresh_from_db()
    assert export.trouble_code == "reconciliation_failed"
    page = reverse("export_detail", args=[export.account_id, export.request_id])
    assert "Start this run anew" in member_client.get(page).content.decode()
    member_client.post(reverse("export_restart", args=[export.account_id, export.request_id]))
    work()
    assert_done(export)
    assert records(sandbox, "exports").total() == len(DAYS)
    assert ExportRun.objects.order_by("pk").last().window.endswith(" again 1")  # type: ignore[union-attr]
