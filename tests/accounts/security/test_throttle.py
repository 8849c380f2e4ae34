"""Guessing passwords is slow; nobody is locked out by somebody else's guessing elsewhere."""

from __future__ import annotations

import time
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, RequestFactory, override_settings

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.address import address_of, neighbourhood_of
from tests.conftest import PASSWORD, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("few_tries")]

WRONG = "wrong"
HERE, THERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def few_tries(settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    settings.LOGIN_FAILURES_PER_ADDRESS = 6


def attempt(username: str, password: str = WRONG, address: str = HERE, **headers: str) -> int:
    form = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address, **headers).post("/login/", form).status_code


def test_a_person_is_locked_at_one_address_and_not_at_another(member: User) -> None:
    assert [attempt(member.username) for _ in range(3)] == [200, 200, 429]
    assert attempt(member.username, PASSWORD) == 429
    assert attempt(member.username, PASSWORD, THERE) == 302


def test_others_at_the_same_address_are_not_locked_with_them(member: User, viewer: User) -> None:
    for _ in range(3):
        attempt(member.username)
    assert attempt(viewer.username, PASSWORD) == 302


def test_another_spelling_or_browser_gives_no_more_tries(member: User) -> None:
    attempt(f" {member.username} ")
    attempt(member.username.replace("e", "\uff45"))  # a full-width e
    assert attempt(member.username, HTTP_USER_AGENT="another") == 429


def test_a_header_gives_no_more_tries(member: User) -> None:
    for number in range(3):
        attempt(member.username, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert attempt(member.username, PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.9") == 429


def test_one_address_cannot_try_a_password_on_everybody(member: User) -> None:
    answers = [attempt(f"person-{number}") for number in range(6)]
    assert answers == [200] * 5 + [429]
    assert attempt(member.username, PASSWORD) == 429
    assert attempt(member.username, PASSWORD, THERE) == 302


def test_a_right_password_of_ones_own_does_not_clear_the_address(
    member: User, viewer: User
) -> None:
    for number in range(5):
        attempt(f"person-{number}")
    assert attempt(viewer.username, PASSWORD) == 302
    assert attempt("person-6") == 429


def test_one_network_of_ipv6_is_one_address(member: User) -> None:
    for number in range(3):
        attempt(member.username, address=f"2001:db8:0:1::{number}")
    assert attempt(member.username, PASSWORD, "2001:db8:0:1:ffff::1") == 429
    assert attempt(member.username, PASSWORD, "2001:db8:0:2::1") == 302


def test_trying_on_does_not_make_the_wait_longer(member: User) -> None:
    start = time.time()
    with time_machine.travel(start):
        for _ in range(3):
            attempt(member.username)
    with time_machine.travel(start + 800):
        assert attempt(member.username) == 429
    with time_machine.travel(start + 901):
        assert attempt(member.username, PASSWORD) == 302


def test_open_sessions_go_on(member: User) -> None:
    client = Client(REMOTE_ADDR=HERE)
    client.post("/login/", {"username": member.username, "password": PASSWORD})
    for _ in range(6):
        attempt(member.username)
    assert client.get("/me/").status_code == 200


def test_the_page_is_kind_and_says_why(member: User) -> None:
    client = Client(REMOTE_ADDR=HERE)
    for number in range(6):
        page = client.post("/login/", {"username": f"person-{number}", "password": "wrong"})
    text = page.content.decode()
    assert "very many wrong passwords from your network" in text
    assert "Try again in 15 minutes." in text
    assert "person-5" not in text


def test_the_operator_admin_is_no_back_door(member: User, account: Account) -> None:
    for _ in range(3):
        attempt(member.username)
    client = Client(REMOTE_ADDR=HERE)
    client.post("/admin/login/", {"username": member.username, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "192.0.2.1", HERE),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "10.0.0.1, 192.0.2.1", "192.0.2.1"),
        (2, "10.0.0.1, 192.0.2.1, 10.1.1.1", "192.0.2.1"),
        (1, "nonsense", HERE),
        (1, "192.0.2.1:5678", "192.0.2.1"),
        (1, "[2001:db8::1]:80", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "192.0.2.1:port", HERE),
        (1, "fe80::1%eth0", HERE),
        (2, "192.0.2.1", HERE),
        (1, "", HERE),
    ],
)
def test_an_address_is_taken_from_our_own_proxies_only(
    proxies: int, forwarded: str, address: str
) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(PARTNERS_PROXIES=proxies):
        assert address_of(request) == address


def test_an_address_that_is_missing_is_still_one_to_count_for() -> None:
    assert neighbourhood_of(RequestFactory().get("/", REMOTE_ADDR="")) == ".".join("0000")


def test_what_was_typed_as_user_name_is_neither_logged_nor_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """People type their password there."""
    for _ in range(3):
        attempt("hunter2-hunter2")
    assert any("login failure by" in record.getMessage() for record in caplog.records)
    assert "hunter2" not in caplog.text
    kept = [str(vars(row)) for row in AccessAttempt.objects.all()]
    assert kept
    assert "hunter2" not in " ".join(kept)


def test_an_operator_lifts_the_pause(member: User) -> None:
    operator = User.objects.create_superuser("operator@example.com")
    for _ in range(3):
        attempt(member.username)
    sent = {"action": "lift_pause", "_selected_action": member.pk, "confirmed": "yes"}
    signed_in(operator).post("/admin/auth/user/", sent)
    assert attempt(member.username, PASSWORD) == 302
