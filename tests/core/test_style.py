"""The page of all components: it has each of them, and nobody but developers has the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import include, path

from clevertap_partners import urls

pytestmark = pytest.mark.django_db

COMPONENTS = sorted(Path(settings.BASE_DIR / "templates" / "components").glob("*.html"))
# The address exists in debug mode only, which is not the tests'.
urlpatterns = [*urls.urlpatterns, path("style/", include("clevertap_partners.core.style_urls"))]
while_developing = pytest.mark.urls(__name__)


@while_developing
def test_it_shows_every_component(admin_client_: Client) -> None:
    shown = {template.name for template in admin_client_.get("/style/").templates}
    missing = [one.name for one in COMPONENTS if f"components/{one.name}" not in shown]
    assert not missing, "show these in templates/style/ too"


@while_developing
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_shows_them_in_either_theme(theme: str, admin_client_: Client) -> None:
    assert f'data-theme="{theme}"' in admin_client_.get(f"/style/?theme={theme}").content.decode()


@while_developing
def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/style/").url == "/login/?next=/style/"


def test_outside_of_debug_mode_there_is_no_such_page(admin_client_: Client) -> None:
    assert admin_client_.get("/style/").status_code == 404
