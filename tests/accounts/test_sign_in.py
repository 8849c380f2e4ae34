from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from clevertap_partners.accounts.models import Account, Role
from clevertap_partners.accounts.services import member_set
from tests.conftest import PASSWORD, signed_in

pytestmark = pytest.mark.django_db


def sign_in(client: Client, user: User, password: str = PASSWORD, next_url: str = "") -> Any:
    form = {"username": user.username, "password": password, "next": next_url}
    return client.post("/login/", form)


def test_it_signs_a_person_in_and_shows_their_account(client: Client, member: User) -> None:
    response = sign_in(client, member)
    assert response.url == "/"
    assert client.get("/").url == "/100000000/settings/partners/"


def test_it_leads_to_the_page_that_was_asked_for(client: Client, member: User) -> None:
    asked_for = "/100000000/settings/partners/exports/"
    assert sign_in(client, member, next_url=asked_for).url == asked_for


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_it_never_leads_to_another_site(client: Client, member: User, elsewhere: str) -> None:
    assert sign_in(client, member, next_url=elsewhere).url == "/"


def test_a_wrong_password_is_refused_without_saying_which_part_was_wrong(
    client: Client, member: User
) -> None:
    wrong = sign_in(client, member, password="wrong")
    unknown = client.post("/login/", {"username": "nobody", "password": "wrong"})
    message = b"User name and password do not belong together."
    assert message in wrong.content
    assert message in unknown.content
    assert b'value="wrong"' not in wrong.content


@override_settings(AXES_FAILURE_LIMIT=3)
def test_a_guesser_is_locked_out_and_told_for_how_long(client: Client, member: User) -> None:
    for _ in range(3):
        response = sign_in(client, member, password="wrong")
    assert response.status_code == 429
    assert b"Try again in 15 minutes." in response.content
    assert sign_in(client, member).status_code == 429


def test_signing_out_takes_a_post(member_client: Client) -> None:
    assert member_client.get("/logout/").status_code == 405
    assert member_client.post("/logout/").url == "/login/"
    assert member_client.get("/").url == "/login/?next=/"


def test_the_start_is_the_account_that_was_visited_last(
    member: User, other_account: Account
) -> None:
    member_set(account=other_account, user=member, role=Role.VIEWER)
    client = signed_in(member)
    client.get("/200000000/")
    assert client.get("/").url == "/200000000/settings/partners/"


def test_a_visit_is_noted_once_a_minute(member: User, member_client: Client) -> None:
    member_client.get("/100000000/")
    noted = member.memberships.get().last_visited_at
    member_client.get("/100000000/")
    assert noted is not None
    assert member.memberships.get().last_visited_at == noted


def test_a_person_without_an_account_is_told_whom_to_ask(db: None) -> None:
    client = signed_in(User.objects.create_user("new@example.com"))
    response = client.get("/")
    assert response.status_code == 200
    assert b"You have no account yet" in response.content


def test_a_fragment_leads_the_whole_page_to_sign_in(client: Client, account: Account) -> None:
    response = client.get(
        "/100000000/settings/partners/activity/",
        headers={
            "HX-Request": "true",
            "HX-Current-URL": "http://testserver/100000000/settings/partners/",
        },
    )
    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == "/login/?next=/100000000/settings/partners/"
