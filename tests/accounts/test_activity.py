from __future__ import annotations

import csv
import datetime
import io
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.origin import acting

URL = "/100000000/settings/partners/activity/"


def record(account: Account, action: str, actor: User | None = None, at: str = "") -> AuditEntry:
    entry = audit_record(account=account, actor=actor, action=action, subject="shop-archive")
    if at:
        AuditEntry.objects.filter(pk=entry.pk).update(at=datetime.datetime.fromisoformat(at))
    return entry


def shown(client: Client, query: str = "") -> list[str]:
    page = client.get(f"{URL}{query}").context["page"]
    return [entry.action for entry in page]


def test_it_shows_the_newest_first(admin_client_: Client, account: Account) -> None:
    record(account, "export created")
    record(account, "export stopped")
    assert shown(admin_client_) == ["export stopped", "export created"]


def test_it_says_so_when_there_is_nothing(admin_client_: Client) -> None:
    assert b"No activity yet" in admin_client_.get(URL).content


def test_it_shows_no_other_account(
    admin_client_: Client, account: Account, other_account: Account
) -> None:
    record(other_account, "export created")
    assert shown(admin_client_) == []


@pytest.mark.parametrize("client_name", ["member_client", "viewer_client"])
def test_it_is_for_admins(client_name: str, request: pytest.FixtureRequest) -> None:
    response = request.getfixturevalue(client_name).get(URL)
    assert response.status_code == 403
    assert b"This needs the Admin role" in response.content


def test_it_filters_by_person_and_action(
    admin_client_: Client, admin_user_: User, member: User, account: Account
) -> None:
    record(account, "export created", member)
    record(account, "export stopped", member)
    record(account, "export created", admin_user_)
    record(account, "key replaced")
    assert shown(admin_client_, f"?person={member.pk}") == ["export stopped", "export created"]
    assert shown(admin_client_, f"?person={member.pk}&action=export+stopped") == ["export stopped"]


def test_its_days_are_days_of_the_account(admin_client_: Client, account: Account) -> None:
    account.time_zone = "Asia/Kolkata"
    account.save()
    record(account, "late on the 9th", at="2026-03-09T18:29:59+00:00")
    record(account, "first of the 10th", at="2026-03-09T18:30:00+00:00")
    record(account, "last of the 10th", at="2026-03-10T18:29:59+00:00")
    record(account, "first of the 11th", at="2026-03-10T18:30:00+00:00")
    assert shown(admin_client_, "?since=2026-03-10&until=2026-03-10") == [
        "last of the 10th",
        "first of the 10th",
    ]


def test_reversed_days_are_answered_beside_the_field(admin_client_: Client) -> None:
    response = admin_client_.get(f"{URL}?since=2026-03-10&until=2026-03-01")
    assert b"The last day lies before the first." in response.content
    assert b'aria-invalid="true"' in response.content


@pytest.mark.parametrize("query", ["?person=999", "?action=x", "?since=yesterday", "?page=x"])
def test_a_made_up_filter_breaks_nothing(admin_client_: Client, query: str) -> None:
    assert admin_client_.get(f"{URL}{query}").status_code == 200


@pytest.mark.parametrize(("query", "rows"), [("", 20), ("?per_page=10", 10), ("?per_page=9", 20)])
def test_it_comes_in_pages(admin_client_: Client, account: Account, query: str, rows: int) -> None:
    for _ in range(25):
        record(account, "export created")
    assert len(shown(admin_client_, query)) == rows


def test_the_pager_keeps_the_filters(admin_client_: Client, account: Account) -> None:
    for _ in range(25):
        record(account, "export created")
    content = admin_client_.get(f"{URL}?action=export+created").content.decode()
    assert 'href="?action=export+created&amp;page=2"' in content


def test_what_people_typed_is_shown_as_text(admin_client_: Client, account: Account) -> None:
    audit_record(account=account, actor=None, action="renamed", subject="<script>x</script>")
    content = admin_client_.get(URL).content
    assert b"<script>x" not in content
    assert b"&lt;script&gt;x" in content


# -- before and after, filters that can be taken away, and the file --------------------------------


def change(account: Account, subject: str = "1795300000", **more: Any) -> AuditEntry:
    changes = {"Format": ["json", "csv"], "Start": ["", "<b>now</b>"]}
    values = {"actor": None, "action": "export edited", "changes": changes}
    return audit_record(account=account, subject=subject, **values | more)


def lines_of(client: Client, query: str = "") -> list[list[str]]:
    response = client.get(f"{URL[:-1]}.csv{query}")
    assert response.status_code == 200
    text = response.getvalue().decode()  # type: ignore[attr-defined]  # it is a stream
    return list(csv.reader(io.StringIO(text, newline="")))


def test_it_shows_what_was_before_and_what_is_now(admin_client_: Client, account: Account) -> None:
    change(account)
    content = admin_client_.get(URL).content.decode()
    body = content.partition("<tbody>")[2].partition("</tbody>")[0]
    row = " ".join(strip_tags(body.replace("<", " <")).split())
    assert "Format before: json → now: csv" in row
    assert "Start now: &lt;b&gt;now&lt;/b&gt;" in row


def test_many_changes_are_folded(admin_client_: Client, account: Account) -> None:
    entry = change(account, changes={str(number): ["a", "b"] for number in range(9)})
    content = admin_client_.get(URL).content.decode()
    assert f'<details data-testid="activity-changes-{entry.pk}"><summary>9 values' in content


def test_it_says_who_did_it_when_it_was_no_person(
    admin_client_: Client, account: Account, member: User
) -> None:
    change(account, "by the system")
    with acting("command", command="retry_run"):
        change(account, "by a command")
    change(account, "by somebody", actor=member, ip="192.0.2.7")
    member.delete()
    page = admin_client_.get(URL).context["page"]
    assert [(entry.subject, entry.who) for entry in page] == [
        ("by somebody", "Somebody who was removed"),
        ("by a command", "Command retry_run"),
        ("by the system", "The system"),
    ]


def test_it_finds_what_no_person_did(admin_client_: Client, account: Account, member: User) -> None:
    record(account, "export created", member)
    record(account, "export stopped")
    assert shown(admin_client_, "?person=0") == ["export stopped"]


def test_it_searches_subjects(admin_client_: Client, account: Account) -> None:
    change(account, "1795300001", action="one")
    change(account, "Orders 100%_x", action="two")
    assert shown(admin_client_, "?q=530000") == ["one"]
    assert shown(admin_client_, "?q=ORDERS") == ["two"]
    assert shown(admin_client_, "?q=%25_") == ["two"]


@pytest.mark.parametrize(
    "query", ["?since=0001-01-01", "?until=9999-12-31", "?q=%00", "?q=" + "x" * 201]
)
def test_a_day_or_a_text_that_cannot_be_is_left_out_and_said(
    admin_client_: Client, account: Account, query: str
) -> None:
    record(account, "export created")
    response = admin_client_.get(f"{URL}{query}")
    assert b'aria-invalid="true"' in response.content
    assert shown(admin_client_, query) == ["export created"]
    assert len(lines_of(admin_client_, query)) == 2


def test_each_filter_can_be_taken_away(
    admin_client_: Client, account: Account, member: User
) -> None:
    record(account, "export created", member)
    query = f"?person={member.pk}&action=export+created&q=shop&since=2026-01-01&page=1"
    content = admin_client_.get(f"{URL}{query}").content.decode()
    without = content.partition('data-testid="activity-without-q"')[0].rpartition('href="')[2]
    href = unescape(without.partition('"')[0])
    assert href == f"?person={member.pk}&action=export+created&since=2026-01-01"
    for name in ("person", "action", "since"):
        assert f'data-testid="activity-without-{name}"' in content
    assert "From: <b>1 Jan 2026</b>" in content


def test_the_file_has_what_the_filters_leave_on_all_pages(
    admin_client_: Client, account: Account, member: User
) -> None:
    account.time_zone = "Asia/Kolkata"
    account.save()
    for _ in range(30):
        change(account, "=1+1", actor=member, ip="192.0.2.7")
    record(account, "export stopped")
    lines = lines_of(admin_client_, "?action=export+edited&per_page=10&page=2")
    assert len(lines) == 31
    assert lines[0] == ["When", "Who", "Via", "What", "Subject", "Changes", "From"]
    when, *rest = lines[1]
    assert when.endswith("+05:30")
    assert rest == [
        "member@example.com",
        "Dashboard",
        "export edited",
        "'=1+1",
        "Format: json → csv; Start: – → <b>now</b>",
        "192.0.2.7",
    ]


def test_the_page_leads_to_the_file_with_its_filters(
    admin_client_: Client, account: Account
) -> None:
    record(account, "export created")
    content = admin_client_.get(f"{URL}?action=export+created&per_page=10").content.decode()
    assert 'href="/100000000/settings/partners/activity.csv?action=export+created"' in content


def test_the_file_is_for_admins_of_the_account(
    member_client: Client, viewer_client: Client, outsider_client: Client
) -> None:
    address = f"{URL[:-1]}.csv"
    assert member_client.get(address).status_code == 403
    assert viewer_client.get(address).status_code == 403
    assert outsider_client.get(address).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_entries(
    admin_client_: Client, account: Account, member: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(40):
        change(account, actor=member)
    with django_assert_max_num_queries(10):
        admin_client_.get(f"{URL}?per_page=40&q=1795")
