from __future__ import annotations

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.accounts.services import audit_record

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
