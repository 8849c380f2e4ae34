"""Changing the password, and what slows down who guesses it there."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, override_settings

from clevertap_partners.accounts.models import AuditEntry
from clevertap_partners.accounts.security.models import PersonSession
from clevertap_partners.accounts.security.throttle import tag_of
from tests.conftest import PASSWORD, signed_in

pytestmark = pytest.mark.django_db

NEW = "seven geese over the weir"


def form(old: str = PASSWORD, new: str = NEW, again: str = NEW) -> dict[str, str]:
    return {"password": old, "new_password1": new, "new_password2": again}


def test_a_new_password_ends_every_other_session(member: User, member_client: Client) -> None:
    other = signed_in(member)
    assert member_client.post("/me/password/", form()).url == "/me/"
    member.refresh_from_db()
    assert member.check_password(NEW)
    assert member_client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302
    assert PersonSession.objects.filter(user=member).count() == 1
    entry = AuditEntry.objects.get(action="password changed")
    assert (entry.actor, entry.ip_address) == (member, "127.0.0.1")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (form(old="wrong"), "This is not your password."),
        (form(again="something else entirely"), "password fields didn"),
        (form(new="short", again="short"), "too short"),
        (form(new="q1w2e3r4t5y6", again="q1w2e3r4t5y6"), "too common"),
        (form(new="member@example.com", again="member@example.com"), "too similar"),
        (form(new=PASSWORD, again=PASSWORD), "that you have already"),
        ({"password": ""}, "Type your password"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_typed_comes_back(
    member: User, member_client: Client, sent: dict[str, str], says: str
) -> None:
    page = member_client.post("/me/password/", sent)
    assert says in page.content.decode()
    member.refresh_from_db()
    assert member.check_password(PASSWORD)
    typed = {value for value in sent.values() if value != member.username}
    assert not any(f'value="{value}"' in page.content.decode() for value in typed)


@override_settings(AXES_FAILURE_LIMIT=3)
def test_who_guesses_in_an_open_session_is_stopped_too(member: User, member_client: Client) -> None:
    for _ in range(3):
        page = member_client.post("/me/password/", form(old="wrong"))
    assert page.status_code == 429
    assert member_client.post("/me/password/", form()).status_code == 429
    member.refresh_from_db()
    assert member.check_password(PASSWORD)
    # The session itself goes on: it is no sign-in.
    assert member_client.get("/me/").status_code == 200


def test_no_password_is_kept_of_a_failed_try(member: User, member_client: Client) -> None:
    member_client.post("/me/password/", form(old="my other secret"))
    Client().post("/login/", {"username": member.username, "password": "my other secret"})
    kept = " ".join(str(vars(attempt)) for attempt in AccessAttempt.objects.all())
    assert tag_of(member.username) in kept
    assert member.username not in kept
    assert "my other secret" not in kept
    assert NEW not in kept


def test_the_admins_own_form_leads_here(admin_client: Client) -> None:
    assert admin_client.get("/admin/password_change/").url == "/me/password/"
    assert admin_client.post("/admin/password_change/", {"old_password": "x"}).status_code == 302
