"""The language: chosen by a form, kept for the browser and for the person."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from clevertap_partners.accounts.languages import language_of
from clevertap_partners.accounts.models import Preferences
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PAGE = "/me/"


def choose(client: Client, language: str, came_from: str = f"http://testserver{PAGE}") -> str:
    answer = client.post("/language/", {"language": language}, headers={"referer": came_from})
    return str(answer.url)  # type: ignore[attr-defined]


def language_of_page(client: Client, url: str = PAGE, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    said = str(answer.headers["Content-Language"])
    assert f'<html lang="{said}" dir="ltr"' in answer.content.decode()
    return said


def test_a_language_that_was_chosen_is_spoken_from_then_on(admin_client_: Client) -> None:
    assert choose(admin_client_, "hi").endswith(PAGE)
    assert language_of_page(admin_client_) == "hi"
    assert choose(admin_client_, "en").endswith(PAGE)
    assert language_of_page(admin_client_) == "en"


def test_without_a_choice_it_is_what_the_browser_asks_for(admin_client_: Client) -> None:
    header = {"accept-language": "hi-IN,hi;q=0.9,en;q=0.8"}
    assert language_of_page(admin_client_, **header) == "hi"
    assert language_of_page(admin_client_) == "en"


def test_the_choice_is_worth_more_than_what_the_browser_asks_for(admin_client_: Client) -> None:
    choose(admin_client_, "en")
    assert language_of_page(admin_client_, **{"accept-language": "hi"}) == "en"


def test_a_language_that_is_not_offered_is_shown_in_english(admin_client_: Client) -> None:
    assert language_of_page(admin_client_, **{"accept-language": "fr"}) == "en"


def test_a_person_finds_their_language_on_another_device(member: User, client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(member)
    choose(elsewhere, "hi")
    assert language_of_page(client, "/login/") == "en"
    client.post("/login/", {"username": member.username, "password": PASSWORD})
    assert language_of_page(client) == "hi"


def test_who_has_chosen_nothing_keeps_what_the_browser_was_told_before_signing_in(
    member: User, client: Client
) -> None:
    choose(client, "hi", "http://testserver/login/")
    client.post("/login/", {"username": member.username, "password": PASSWORD})
    assert language_of_page(client) == "hi"
    assert language_of(member) == ""


def test_a_person_who_leaves_takes_their_language_along(
    member: User, member_client: Client
) -> None:
    choose(member_client, "hi")
    member_client.post("/logout/")
    assert language_of_page(member_client, "/login/") == "en"
    assert language_of(member) == "hi"


def test_what_was_chosen_before_signing_in_stays_with_the_browser(
    member: User, client: Client
) -> None:
    choose(client, "hi", "http://testserver/login/")
    client.post("/login/", {"username": member.username, "password": PASSWORD})
    client.post("/logout/")
    assert language_of_page(client, "/login/") == "hi"


@pytest.mark.parametrize("language", ["", "fr", "hi\r\nSet-Cookie: a=b", "../../etc"])
def test_what_is_not_offered_changes_nothing(
    language: str, member: User, member_client: Client
) -> None:
    choose(member_client, language)
    assert "django_language" not in member_client.cookies
    assert not Preferences.objects.exists()
    assert language_of_page(member_client) == "en"


def test_a_language_that_is_no_longer_offered_is_forgotten(member: User) -> None:
    Preferences.objects.create(user=member, language="tlh")
    assert language_of(member) == ""


def test_it_never_leads_to_another_site(client: Client) -> None:
    assert choose(client, "hi", "https://evil.example/") == "/"


def test_it_is_chosen_by_a_form_only(client: Client) -> None:
    assert client.get("/language/").status_code == 405


def test_a_request_leaves_no_language_behind(admin_client_: Client) -> None:
    choose(admin_client_, "hi")
    admin_client_.get(PAGE)
    assert translation.get_language() == "en"
