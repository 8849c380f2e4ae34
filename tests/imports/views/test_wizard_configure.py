"""The first step of the wizard: name, connection, source."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.core.errors import TransientError
from imports import wizard_warehouse
from imports.drafts import draft_create
from imports.forms_configure import MAX_SQL
from imports.models import Import
from integrations.models import Connection
from integrations.warehouse import Estimate
from tests.fakes.warehouse import FakeWarehouse, sql_mistake
from tests.imports.views.asking import check, check_of, hidden_on, seen_on

pytestmark = pytest.mark.usefixtures("warehouse")

BASE = "/100000000/settings/partners/imports/"
NEW = f"{BASE}new/"


def choices(connection: Connection, **changes: str) -> dict[str, str]:
    return {
        "nickname": "People",
        "connection": str(connection.pk),
        "source": "table",
        "table": "users",
        **changes,
    }


def test_it_goes_on_to_the_map_and_keeps_a_draft(
    member_client: Client, connection: Connection
) -> None:
    response = member_client.post(NEW, choices(connection, next="1"))
    item = Import.objects.get()
    assert response.url == f"{BASE}{item.pk}/map/"
    assert (item.status, item.table, item.connection) == ("draft", "users", connection)
    assert (item.partner, item.connection_name) == ("bigquery", "Shop data")
    assert [column["name"] for column in item.columns][:2] == ["user_id", "updated_at"]
    assert AuditEntry.objects.get().action == "import draft created"


def test_it_says_where_to_connect_a_database_first(member_client: Client, account: Account) -> None:
    page = member_client.get(NEW).content.decode()
    assert 'data-testid="import-connect"' in page
    assert "/100000000/settings/partners/bigquery/" in page


def test_a_nickname_is_taken_whatever_its_case(
    member_client: Client, connection: Connection, draft: Import
) -> None:
    response = member_client.post(NEW, choices(connection, nickname="PEOPLE", next="1"))
    assert "Another import of this account has this nickname" in response.content.decode()
    assert Import.objects.count() == 1


def test_a_table_over_the_cap_is_refused_with_both_sizes(
    member_client: Client, connection: Connection
) -> None:
    response = member_client.post(NEW, choices(connection, table="huge", next="1"))
    page = response.content.decode()
    assert "This would read 2.0 TB" in page
    assert "100.0 GB at most" in page
    assert not Import.objects.exists()


def test_a_mistake_in_sql_shows_its_line_with_a_mark_below(
    member_client: Client, connection: Connection, warehouse: FakeWarehouse
) -> None:
    warehouse.error = sql_mistake("Syntax error: Unexpected identifier “FORM”.", 2, 3)
    sent = choices(connection, source="sql", sql="SELECT *\n  FORM users", next="1")
    page = member_client.post(NEW, sent).content.decode()
    assert "Line 2, column 3" in page
    assert '  FORM users\n<span aria-hidden="true">  ^</span>' in page
    assert "Mend it." in page


def test_a_warehouse_that_does_not_answer_is_not_waited_for(
    member_client: Client,
    connection: Connection,
    warehouse: FakeWarehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()
    monkeypatch.setattr("imports.wizard_warehouse.LIMIT_S", 0.2)
    monkeypatch.setattr(warehouse, "estimate", lambda query: release.wait(30))
    page = member_client.post(NEW, choices(connection, next="1")).content.decode()
    release.set()
    assert "The warehouse did not answer within" in page


def test_the_picker_shows_tables_with_rows_and_bytes(
    member_client: Client, connection: Connection
) -> None:
    page = member_client.get(f"{NEW}tables/", {"connection": connection.pk, "table": "users"})
    text = page.content.decode()
    assert 'value="users" checked' in text
    assert "60 rows" in text
    assert "1.0 MB" in text


def test_tables_that_cannot_be_listed_say_why(
    member_client: Client, connection: Connection, warehouse: FakeWarehouse
) -> None:
    warehouse.error = TransientError("Google is busy.", code="busy", fix="Try again.")
    page = member_client.get(f"{NEW}tables/", {"connection": connection.pk}).content.decode()
    assert "Google is busy." in page
    assert "Try again." in page


def test_tables_of_another_account_are_not_listed(
    member_client: Client, connection: Connection, other_account: Account, warehouse: FakeWarehouse
) -> None:
    Connection.objects.filter(pk=connection.pk).update(account=other_account)
    page = member_client.get(f"{NEW}tables/", {"connection": connection.pk}).content.decode()
    assert "Choose a connection" in page
    assert not warehouse.asked


def test_a_preview_shows_fifty_rows_and_imports_nothing(
    member_client: Client, connection: Connection, warehouse: FakeWarehouse
) -> None:
    page = member_client.post(NEW, choices(connection, preview="1")).content.decode()
    assert "u-49" in page
    assert "u-50" not in page
    assert "{&quot;city&quot;: &quot;Köln&quot;}" in page
    assert "Nested and repeated columns show as JSON" in page
    assert "2026-11-01 00:00:00 UTC" in page
    assert 'value="users"' in page
    assert warehouse.asked == ["estimate", "sample"]


def test_a_preview_says_what_is_missing(member_client: Client, connection: Connection) -> None:
    page = member_client.post(NEW, choices(connection, table="", preview="1")).content.decode()
    assert "Pick the table to read from." in page
    assert 'data-testid="import-errors"' not in page


def test_a_check_keeps_a_draft_and_tells_the_page_its_address(
    member_client: Client, connection: Connection
) -> None:
    sent = choices(connection, check="1", table="")
    response = member_client.post(NEW, sent, headers={"HX-Request": "true"})
    item = Import.objects.get()
    assert response["HX-Replace-Url"] == f"{BASE}{item.pk}/configure/"
    assert f'name="draft" id="draft-id" value="{item.pk}"' in response.content.decode()
    again = {**sent, "draft": str(item.pk), "nickname": "Everybody", "table": "users"}
    seen = seen_on(member_client, response["HX-Replace-Url"])
    assert f'value="{seen}" hx-swap-oob' in response.content.decode()
    assert "1.0 MB" in check_of(member_client, NEW, again, seen=seen)
    assert Import.objects.get().nickname == "Everybody"


def test_a_draft_can_be_left_and_taken_up_again(
    member_client: Client, connection: Connection
) -> None:
    response = member_client.post(NEW, choices(connection, table="", save="1"), follow=False)
    item = Import.objects.get()
    assert response.url == BASE
    response = member_client.get(f"{BASE}{item.pk}/continue/")
    assert response.url == f"{BASE}{item.pk}/configure/"
    assert 'value="People"' in member_client.get(response.url).content.decode()


def test_another_source_waits_for_its_columns(
    member_client: Client, connection: Connection, draft: Import
) -> None:
    url = f"{BASE}{draft.pk}/configure/"
    check(member_client, url, choices(connection, table="empty"))
    assert member_client.get(f"{BASE}{draft.pk}/map/").url == url


def test_a_check_that_comes_late_undoes_nothing(
    member_client: Client, connection: Connection, draft: Import
) -> None:
    url = f"{BASE}{draft.pk}/configure/"
    seen = seen_on(member_client, url)
    member_client.post(url, choices(connection, nickname="Everybody", next="1"))
    check_of(member_client, url, choices(connection, table="empty"), seen=seen)
    draft.refresh_from_db()
    assert (draft.nickname, draft.table) == ("Everybody", "users")
    assert draft.columns


def test_a_check_is_never_answered_with_another_page(member_client: Client, draft: Import) -> None:
    response = member_client.post(f"{BASE}{draft.pk}/schedule/", {"check": "1"})
    assert response.status_code == 204


def test_discarding_asks_first_and_leaves_a_trace(member_client: Client, draft: Import) -> None:
    url = f"{BASE}{draft.pk}/discard/"
    assert "Discard this draft?" in member_client.get(url).content.decode()
    assert Import.objects.exists()
    assert member_client.post(url).url == BASE
    assert not Import.objects.exists()
    assert AuditEntry.objects.first().action == "import draft discarded"


def test_a_quick_next_takes_up_the_draft_of_its_own_page(
    member_client: Client, connection: Connection
) -> None:
    token = hidden_on(member_client.get(NEW).content.decode(), "token")
    assert token
    sent = choices(connection, token=token, draft="")
    member_client.post(NEW, {**sent, "check": "1", "seen": ""}, headers={"HX-Request": "true"})
    response = member_client.post(NEW, {**sent, "next": "1"})
    item = Import.objects.get()
    assert response.url == f"{BASE}{item.pk}/map/"
    assert member_client.post(NEW, {**sent, "next": "1"}).url == response.url


def test_next_takes_up_a_draft_that_is_made_while_it_waits(
    member_client: Client,
    connection: Connection,
    warehouse: FakeWarehouse,
    monkeypatch: pytest.MonkeyPatch,
    account: Account,
    member: User,
) -> None:
    estimate = wizard_warehouse.source_estimate

    def slow(**asked: Any) -> Estimate:
        values = {"nickname": "Peop", "connection": connection}
        draft_create(account=account, actor=member, values=values, token="page")
        return estimate(**asked)

    monkeypatch.setattr(wizard_warehouse, "source_estimate", slow)
    response = member_client.post(NEW, choices(connection, token="page", next="1"))
    item = Import.objects.get()
    assert response.url == f"{BASE}{item.pk}/map/"
    assert item.nickname == "People"


def test_a_token_of_somebody_else_opens_nothing(
    admin_client_: Client, connection: Connection, account: Account, member: User
) -> None:
    values = {"nickname": "Others", "connection": connection}
    draft_create(account=account, actor=member, values=values, token="page")
    admin_client_.post(NEW, choices(connection, token="page", next="1"))
    assert set(Import.objects.values_list("nickname", flat=True)) == {"Others"}


def test_leaving_the_page_keeps_what_was_typed_and_asks_no_warehouse(
    member_client: Client, connection: Connection, warehouse: FakeWarehouse
) -> None:
    response = member_client.post(NEW, choices(connection, check="1", leave="1", token="page"))
    assert response.status_code == 204
    assert Import.objects.get().nickname == "People"
    assert not warehouse.asked


def test_opening_a_draft_does_not_edit_it(
    admin_client_: Client, connection: Connection, draft: Import, member: User
) -> None:
    url = f"{BASE}{draft.pk}/configure/"
    text = check(admin_client_, url, choices(connection, nickname="Restored", look="1"))
    assert 'data-testid="import-estimate"' in text
    assert 'id="seen"' not in text
    check(admin_client_, url, choices(connection))
    before = draft.updated_at
    draft.refresh_from_db()
    assert (draft.nickname, draft.updated_by, draft.updated_at) == ("People", member, before)


def test_a_sql_text_is_measured_in_bytes(
    member_client: Client, connection: Connection, draft: Import
) -> None:
    sent = choices(connection, source="sql", sql="SELECT '" + "列" * 70_000 + "'", next="1")
    page = member_client.post(f"{BASE}{draft.pk}/configure/", sent).content.decode()
    assert "This is longer than 200,000 bytes." in page
    assert 'enctype="multipart/form-data"' in page


def test_the_longest_text_that_a_browser_sends_is_answered(
    member_client: Client, connection: Connection, draft: Import
) -> None:
    sent = choices(connection, source="sql", sql="列" * MAX_SQL, next="1")
    response = member_client.post(f"{BASE}{draft.pk}/configure/", sent)
    assert response.status_code == 200


def test_nobody_is_told_to_read_another_dataset(
    member_client: Client, connection: Connection, warehouse: FakeWarehouse
) -> None:
    assert "project.dataset.table" not in member_client.get(NEW).content.decode()
    warehouse.contents.clear()
    text = member_client.get(f"{NEW}tables/", {"connection": connection.pk}).content.decode()
    assert "choose the connection of another dataset" in text


def test_a_slow_warehouse_takes_the_threads_of_its_own_account_only() -> None:
    release = threading.Event()
    begun = [0]

    def ask() -> None:
        begun[0] += 1
        release.wait(30)

    for _ in range(wizard_warehouse.THREADS_PER_ACCOUNT + 2):
        with pytest.raises(TransientError):
            wizard_warehouse.within(0.05, ask, account_id=1)
    assert begun[0] == wizard_warehouse.THREADS_PER_ACCOUNT
    assert wizard_warehouse.within(5, lambda: "fine", account_id=2) == "fine"
    release.set()
    assert wizard_warehouse.within(5, lambda: "fine", account_id=1) == "fine"


@pytest.mark.parametrize(
    "path",
    [
        "new/",
        "new/tables/",
        "{0}/configure/",
        "{0}/map/",
        "{0}/map/switch/",
        "{0}/schedule/",
        "{0}/continue/",
        "{0}/discard/",
        "{0}/edit/",
        "{0}/edit/confirm/",
    ],
)
def test_who_may_not_change_anything_sees_nothing(
    path: str,
    viewer_client: Client,
    outsider_client: Client,
    member_client: Client,
    account: Account,
    draft: Import,
) -> None:
    url = BASE + path.format(draft.pk)
    assert viewer_client.get(url).status_code == 403
    assert outsider_client.get(url).status_code == 404
    account.bigquery_import = False
    account.save()
    assert member_client.get(url).status_code == 403


def test_an_import_of_another_account_is_not_there(
    member_client: Client, draft: Import, other_account: Account
) -> None:
    Import.objects.filter(pk=draft.pk).update(account=other_account)
    for path in ("configure", "map", "schedule", "discard", "edit", "continue"):
        assert member_client.get(f"{BASE}{draft.pk}/{path}/").status_code == 404
