from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from django.conf import LazySettings
from django.test import Client

from clevertap_partners.accounts.models import Account, AuditEntry
from imports import row_faults
from imports.models import Import, ImportRun
from tests.imports.factories import keep_failed, make_connection, make_import, make_run, open_run

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/imports/"


@pytest.fixture(autouse=True)
def _own_lake(tmp_path: Path, settings: LazySettings) -> None:
    settings.LAKE_URL = str(tmp_path / "lake")


@pytest.fixture
def item(account: Account) -> Import:
    Account.objects.update(bigquery_import=True)
    return make_import(make_connection(account), nickname="Orders")


def said(client: Client, item: Import, action: str) -> str:
    """What the page says after the action."""
    page = client.post(f"{URL}{item.pk}/{action}/", follow=True)
    assert page.status_code == 200
    item.refresh_from_db()
    return page.content.decode()


def test_run_now_runs_and_a_second_one_is_queued(member_client: Client, item: Import) -> None:
    assert "The import “Orders” runs now." in said(member_client, item, "run-now")
    assert "another one follows it at once" in said(member_client, item, "run-now")
    assert item.runs.count() == 1
    assert item.run_queued


def test_pause_and_resume(member_client: Client, item: Import) -> None:
    assert "is paused" in said(member_client, item, "pause")
    assert item.status == "paused"
    assert "was not active; nothing was changed" in said(member_client, item, "pause")
    assert "Resume it first." in said(member_client, item, "run-now")
    assert "goes on" in said(member_client, item, "resume")
    assert item.status == "scheduled"
    assert "was not paused; nothing was changed" in said(member_client, item, "resume")


def test_stop_ends_it_for_good(member_client: Client, item: Import) -> None:
    run = open_run(item)
    assert "The import “Orders” is stopped." in said(member_client, item, "stop")
    run.refresh_from_db()
    assert (item.status, run.status) == ("stopped", "stopped")
    assert "It never runs again" in member_client.get(f"{URL}{item.pk}/").content.decode()
    assert "had ended already; nothing was changed" in said(member_client, item, "stop")
    assert "was stopped and never runs again" in said(member_client, item, "run-now")
    stop = member_client.get(f"{URL}{item.pk}/stop/").content.decode()
    assert "has been stopped already" in stop


def test_a_draft_is_not_stopped(member_client: Client, item: Import) -> None:
    Import.objects.update(status="draft", next_run_at=None)
    content = said(member_client, item, "stop")
    assert "“Orders” is a draft, and nothing of it runs." in content
    assert "ended already" not in content
    assert item.status == "draft"
    drawer = member_client.get(f"{URL}{item.pk}/stop/").content.decode()
    assert "import-stop-draft" in drawer
    assert "confirm-ok" not in drawer


def test_delete_forgets_it(member_client: Client, item: Import) -> None:
    page = member_client.post(f"{URL}{item.pk}/delete/", follow=True)
    assert "The import “Orders” is deleted." in page.content.decode()
    assert not Import.objects.exists()


def test_what_waits_for_its_next_attempt_is_tried_at_once(
    member_client: Client, item: Import
) -> None:
    open_run(item, trouble_code="x", trouble_message="No.")
    Import.objects.update(trouble_code="x", trouble_message="No.")
    assert 'data-testid="import-retry"' in member_client.get(f"{URL}{item.pk}/").content.decode()
    assert "is tried again now" in said(member_client, item, "retry")
    assert item.trouble_code == ""
    ImportRun.objects.update(status="done")
    assert "nothing was changed" in said(member_client, item, "retry")


def test_failed_rows_are_tried_again_once(member_client: Client, item: Import) -> None:
    run = make_run(item, failed_rows_kept=1)
    keep_failed(run, pa.table({"amount": ["x"]}), [[("amount", row_faults.NOT_A_NUMBER, "x")]])
    content = said(member_client, item, "runs/1/retry")
    assert "The failed rows of run 1 are tried again in run 2." in content
    again = item.runs.get(number=2)
    assert (again.trigger, again.failed_rows_of) == ("failed_rows", run)
    assert "is under way" in said(member_client, item, "runs/1/retry")
    item.runs.filter(number=2).update(status="done")
    assert "were tried again already" in said(member_client, item, "runs/1/retry")


def test_actions_stand_in_the_audit_log(member_client: Client, item: Import) -> None:
    said(member_client, item, "pause")
    entry = AuditEntry.objects.get(action="import paused")
    assert (entry.subject, str(entry.actor)) == ("Orders", "member@example.com")
    assert entry.ip_address == "127.0.0.1"
