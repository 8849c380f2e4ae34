"""System, light or dark: chosen by a form, kept in a cookie, rendered by the server."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client

pytestmark = pytest.mark.django_db

PAGE = "/100000000/settings/partners/activity/"


def choose(client: Client, theme: str, came_from: str = f"http://testserver{PAGE}") -> str:
    return str(client.post("/theme/", {"theme": theme}, headers={"referer": came_from}).url)  # type: ignore[attr-defined]


def page(client: Client, url: str = PAGE) -> str:
    return client.get(url).content.decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_that_was_chosen_is_rendered_from_then_on(
    theme: str, admin_client_: Client
) -> None:
    assert choose(admin_client_, theme).endswith(PAGE)
    content = page(admin_client_)
    assert f'data-theme="{theme}"' in content
    assert f'<meta name="color-scheme" content="{theme}">' in content
    assert f'value="{theme}" aria-pressed="true"' in content


def test_without_a_choice_the_system_decides(admin_client_: Client) -> None:
    content = page(admin_client_)
    assert "data-theme" not in content
    assert '<meta name="color-scheme" content="light dark">' in content
    assert 'value="system" aria-pressed="true"' in content


def test_system_takes_the_choice_back(admin_client_: Client) -> None:
    choose(admin_client_, "dark")
    choose(admin_client_, "system")
    assert "data-theme" not in page(admin_client_)


@pytest.mark.parametrize("theme", ['dark"><script>', "", "DARK"])
def test_what_is_no_theme_counts_as_system(theme: str, admin_client_: Client) -> None:
    choose(admin_client_, theme)
    admin_client_.cookies["theme"] = theme
    assert "data-theme" not in page(admin_client_)


def test_a_stranger_may_choose_too(client: Client) -> None:
    choose(client, "dark", "http://testserver/login/")
    assert 'data-theme="dark"' in page(client, "/login/")


def test_it_never_leads_to_another_site(client: Client) -> None:
    assert choose(client, "dark", "https://evil.example/") == "/"


def test_it_is_chosen_by_a_form_with_a_token_only() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get("/theme/").status_code == 405
    assert client.post("/theme/", {"theme": "dark"}).status_code == 403
    assert "theme" not in client.cookies


def test_the_cookie_is_out_of_reach_of_scripts(client: Client, settings: LazySettings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    choose(client, "dark")
    cookie = client.cookies["theme"]
    assert cookie["httponly"] and cookie["secure"] and cookie["samesite"] == "Lax"
