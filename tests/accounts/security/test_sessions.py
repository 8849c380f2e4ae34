"""Where a person is signed in: to see, and to end."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import AuditEntry
from clevertap_partners.accounts.security import middleware, services
from clevertap_partners.accounts.security.devices import device_in_words
from clevertap_partners.accounts.security.models import PersonSession
from clevertap_partners.accounts.security.services import sessions_tick
from clevertap_partners.accounts.security.session_store import hash_of
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)


def elsewhere(user: User, browser: str = FIREFOX, address: str = "203.0.113.7") -> Client:
    client = signed_in(user)
    client.defaults.update(HTTP_USER_AGENT=browser, REMOTE_ADDR=address)
    client.get("/me/")
    return client


def test_the_page_shows_each_session_in_words(member: User, member_client: Client) -> None:
    elsewhere(member)
    elsewhere(member, PHONE, "2001:db8::7")
    page = member_client.get("/me/").content.decode()
    for text in ("Firefox on Windows", "203.0.113.7", "Safari on iPhone", "2001:db8::7"):
        assert text in page
    assert page.count('data-testid="me-session-here"') == 1


def test_sessions_of_others_are_not_shown(member_client: Client, outsider: User) -> None:
    elsewhere(outsider)
    assert "Firefox on Windows" not in member_client.get("/me/").content.decode()


def test_one_other_session_is_ended_and_it_is_noted(member: User, member_client: Client) -> None:
    other, third = elsewhere(member), elsewhere(member, PHONE)
    row = PersonSession.objects.get(user_agent=FIREFOX)
    assert member_client.post("/me/sessions/end/", {"session": row.pk}).url == "/me/"
    assert other.get("/me/").status_code == 302
    assert third.get("/me/").status_code == 200
    assert member_client.get("/me/").status_code == 200
    assert AuditEntry.objects.filter(action="session ended", actor=member).exists()


def test_nobody_ends_the_session_of_another(member_client: Client, outsider: User) -> None:
    other = elsewhere(outsider)
    row = PersonSession.objects.get(user=outsider)
    assert member_client.post("/me/sessions/end/", {"session": row.pk}).status_code == 404
    assert other.get("/me/").status_code == 200


def test_all_others_are_ended_but_not_this_one(member: User, member_client: Client) -> None:
    others = [elsewhere(member), elsewhere(member, PHONE)]
    page = member_client.post("/me/sessions/end-others/", follow=True)
    assert b"2 other sessions are signed out." in page.content
    assert [other.get("/me/").status_code for other in others] == [302, 302]


def test_it_is_noted_once_a_minute_when_a_person_was_seen(
    member: User, member_client: Client
) -> None:
    member_client.get("/me/")
    seen = PersonSession.objects.get(user=member).last_seen_at
    member_client.get("/me/")
    assert PersonSession.objects.get(user=member).last_seen_at == seen
    with time_machine.travel(time.time() + 61):
        member_client.get("/me/")
    assert seen is not None
    assert PersonSession.objects.get(user=member).last_seen_at > seen


def test_the_database_holds_no_key_that_signs_in(member: User, member_client: Client) -> None:
    key = member_client.cookies["sessionid"].value
    row = PersonSession.objects.get(user=member)
    assert key not in (row.session_key, row.session_data)
    assert row.session_key == hash_of(key)
    thief = Client()
    thief.cookies["sessionid"] = row.session_key
    assert thief.get("/me/").status_code == 302


def test_what_is_used_is_renewed_and_what_is_not_ends(member: User, member_client: Client) -> None:
    now = time.time()
    for days in (3, 6, 9):
        with time_machine.travel(now + days * 86_400):
            assert member_client.get("/me/").status_code == 200
    with time_machine.travel(now + 17 * 86_400):
        assert member_client.get("/me/").status_code == 302


def test_a_month_after_the_sign_in_it_ends_however_much_it_was_used(
    member: User, member_client: Client
) -> None:
    PersonSession.objects.filter(user=member).update(
        signed_in_at=datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=31)
    )
    assert member_client.get("/me/").status_code == 302
    assert not PersonSession.objects.filter(user=member).exists()


def test_signing_in_again_as_somebody_else_begins_anew(member: User, viewer: User) -> None:
    client = signed_in(member)
    PersonSession.objects.update(
        signed_in_at=datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=29)
    )
    client.get("/me/")
    client.force_login(viewer)
    session = PersonSession.objects.get(user=viewer)
    assert session.signed_in_at > datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)


def test_what_has_expired_is_deleted(member: User) -> None:
    client = signed_in(member)
    with time_machine.travel(time.time() + 8 * 86_400):
        sessions_tick()
    assert not PersonSession.objects.exists()
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
         "Chrome on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/141.0 Safari/537.36 Edg/141.0",
         "Edge on macOS"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/141.0 Mobile Safari/537.36",
         "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_has_a_name(user_agent: str, words: str) -> None:
    assert device_in_words(user_agent) == words


def test_a_session_that_ends_while_it_is_noted_is_no_error(
    member: User, member_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(request: HttpRequest) -> str:
        PersonSession.objects.all().delete()
        return "203.0.113.7"

    monkeypatch.setattr(services, "address_of", ended)
    answer = member_client.get("/me/")
    assert (answer.status_code, answer.url) == (302, "/login/?next=/me/")


@pytest.mark.parametrize(
    ("headers", "leads_to"),
    [
        ({}, "/login/?next=/me/"),
        ({"HX-Request": "true", "HX-Target": "div#x"}, "/login/?next=/me/password/"),
    ],
)
def test_a_session_that_ends_before_it_is_written_leads_to_the_sign_in(
    member_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    leads_to: str,
) -> None:
    def renew(*, request: HttpRequest) -> None:
        request.session.modified = True
        PersonSession.objects.all().delete()

    monkeypatch.setattr(middleware, "session_note", renew)
    headers = headers and {**headers, "HX-Current-URL": "http://testserver/me/password/"}
    answer = member_client.get("/me/", headers=headers)
    assert leads_to in {answer.headers.get("Location"), answer.headers.get("HX-Redirect")}
    assert answer.cookies["sessionid"].value == ""


@pytest.mark.parametrize("wanted", ["\0", "", "x", "a" * 63, "g" * 64, "\uff11" * 64])
def test_what_is_no_session_is_not_found(member_client: Client, wanted: str) -> None:
    assert member_client.post("/me/sessions/end/", {"session": wanted}).status_code == 404


def test_many_sessions_are_counted_and_the_last_ones_shown(
    member: User, member_client: Client, django_assert_max_num_queries: Any
) -> None:
    later = timezone.now() + datetime.timedelta(days=1)
    PersonSession.objects.bulk_create(
        PersonSession(session_key=f"{number:064x}", user=member, expire_date=later)
        for number in range(60)
    )
    with django_assert_max_num_queries(15):
        page = member_client.get("/me/").content.decode()
    assert page.count('class="session"') == 50
    assert "The 50 seen last, of 61." in page
