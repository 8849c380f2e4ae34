"""Tenancy, sign-in and roles on every address, whoever wrote the view."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client

from clevertap_partners.accounts.models import Account, Role
from tests.accounts.routes import ACCOUNT_ID, Route, account_routes, all_routes

ROUTES = account_routes()
# Open to anybody on purpose. Everything else asks who is there.
PUBLIC = {"login", "logout", "health", "prometheus-django-metrics"}

every_account_route = pytest.mark.parametrize("route", ROUTES, ids=str)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _every_feature(account: Account) -> None:
    """So that it is not a missing feature that refuses."""
    Account.objects.update(bigquery_import=True)


def test_it_finds_the_routes_of_all_apps() -> None:
    names = {route.name for route in ROUTES}
    assert {
        "activity",
        "partner_list",
        "google_cloud",
        "export_list",
        "export_stop",
        "import_list",
    } <= names


@every_account_route
def test_every_view_below_an_account_has_the_gate(route: Route) -> None:
    assert isinstance(getattr(route.view, "required_role", None), Role), (
        f"{route} is not decorated with @account_view"
    )


@every_account_route
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_anonymous_visitor_is_led_to_sign_in(
    route: Route, method: str, client: Client, account: Account
) -> None:
    response = getattr(client, method)(route.url)
    assert response.status_code == 302
    assert response.url == "/login/?" + urlencode({"next": route.url}, safe="/")


@every_account_route
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_outsider_finds_nothing(
    route: Route, method: str, outsider_client: Client, account: Account
) -> None:
    assert getattr(outsider_client, method)(route.url).status_code == 404


@every_account_route
def test_a_viewer_sees_only_what_the_role_covers(route: Route, viewer_client: Client) -> None:
    status = viewer_client.get(route.url).status_code
    if route.view.required_role is Role.VIEWER:  # type: ignore[attr-defined]
        assert status in {200, 302, 404, 405}
    else:
        assert status == 403


@every_account_route
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_viewer_changes_nothing(route: Route, method: str, viewer_client: Client) -> None:
    assert getattr(viewer_client, method)(route.url).status_code == 403


@pytest.mark.parametrize("route", [r for r in ROUTES if r.names_an_object], ids=str)
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_id_is_not_found(route: Route, method: str, admin_client_: Client) -> None:
    assert getattr(admin_client_, method)(route.url).status_code in {404, 405}


def test_an_account_that_does_not_exist_looks_like_one_of_others(
    account: Account, outsider_client: Client
) -> None:
    missing = outsider_client.get("/999999999/settings/partners/")
    foreign = outsider_client.get(f"/{ACCOUNT_ID}/settings/partners/")
    assert missing.status_code == foreign.status_code == 404
    assert _text(missing) == _text(foreign)


@pytest.mark.parametrize(
    "route",
    [r for r in all_routes() if r not in ROUTES and r.name not in PUBLIC and "(" not in r.pattern],
    ids=str,
)
def test_every_other_address_asks_who_is_there(route: Route, client: Client) -> None:
    response = client.get(route.url)
    if route.name == "jsi18n" or response.status_code == 405:
        return
    assert response.status_code == 302, f"{route} answers an anonymous visitor"
    assert "login/" in response.url


def _text(response: object) -> str:
    return response.content.decode().split("error-page")[1]  # type: ignore[attr-defined]
