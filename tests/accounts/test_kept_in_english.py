"""In whatever language somebody works: what is kept of it is English, and shown in theirs."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from clevertap_partners.accounts.models import Account, AuditEntry, Role
from clevertap_partners.accounts.services import account_said, audit_record, member_set
from clevertap_partners.core.english import in_english
from tests.conftest import signed_in

HINDI = "hi"


def test_a_role_is_noted_in_english(account: Account, viewer: User) -> None:
    with translation.override(HINDI):
        member_set(account=account, user=viewer, role=Role.MEMBER)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.changes) == ("member role changed", {"Role": ["Viewer", "Member"]})


def test_an_account_is_noted_in_english(account: Account) -> None:
    with translation.override(HINDI):
        said = account_said(account)
    assert set(said) > {"Name", "Plan", "Time zone"}


def test_an_operator_who_reads_hindi_notes_english(account: Account, viewer: User) -> None:
    operator = signed_in(User.objects.create_superuser("operator@example.com"))
    membership = viewer.memberships.get()
    page = f"/admin/accounts/membership/{membership.pk}/change/"
    operator.post(page, {"role": Role.ADMIN}, headers={"accept-language": HINDI})
    entry = AuditEntry.objects.latest("pk")
    assert entry.changes == {"Role": ["Viewer", "Admin"]}


def test_the_activity_page_is_in_the_language_of_its_reader(
    admin_client_: Client, account: Account
) -> None:
    audit_record(
        account=account,
        actor=None,
        action="webhook changed",
        subject="Pager",
        changes={"Alerts": ["Start, End", "Start"], "Name": ["Pager", "Pager, Berlin"]},
    )
    page = f"/{account.account_id}/settings/partners/activity/"
    hindi = unescape(admin_client_.get(page, headers={"accept-language": HINDI}).text)
    with translation.override(HINDI):
        start, end = translation.gettext("Start"), translation.gettext("End")
        for text in ("webhook changed", "Alerts", "Changes"):
            assert translation.gettext(text) in hindi
    assert start != "Start"
    assert f"{start}, {end}" in hindi
    # What people call their own is theirs.
    assert "Pager, Berlin" in hindi
    assert "Webhook changed" not in hindi


def test_the_file_of_the_activity_stays_english(admin_client_: Client, account: Account) -> None:
    audit_record(account=account, actor=None, action="webhook changed", subject="Pager")
    page = f"/{account.account_id}/settings/partners/activity.csv"
    answer = admin_client_.get(page, headers={"accept-language": HINDI})
    text = answer.getvalue().decode()
    assert "The system" in text
    assert "webhook changed" in text


@pytest.mark.parametrize("inside", [HINDI, "en"])
def test_in_english_gives_the_language_back(inside: str) -> None:
    @in_english()
    def language() -> str | None:
        return translation.get_language()

    with translation.override(inside):
        assert (language(), language()) == ("en", "en")
        assert translation.get_language() == inside
