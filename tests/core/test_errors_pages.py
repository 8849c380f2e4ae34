from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client
from django.views.defaults import server_error

from clevertap_partners.core import views

MISSING = "/100000000/settings/partners/nothing-here/"
FOR_ADMINS = "/100000000/settings/partners/activity/"


def test_a_missing_page_keeps_the_frame_for_who_is_signed_in(member_client: Client) -> None:
    response = member_client.get(MISSING)
    assert response.status_code == 404
    assert b"Nothing is here" in response.content
    assert b'data-testid="nav-integrations"' in response.content


def test_a_missing_page_shows_no_frame_to_a_stranger(client: Client, db: None) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert b"Nothing is here" in response.content
    assert b'class="nav"' not in response.content


def test_a_refusal_says_what_is_missing(viewer_client: Client) -> None:
    response = viewer_client.get(FOR_ADMINS)
    assert response.status_code == 403
    assert b"This needs the Admin role; yours is Viewer." in response.content


def test_a_refused_drawer_is_a_drawer(viewer_client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "aside#drawer"}
    content = viewer_client.get(FOR_ADMINS, headers=headers).content.decode()
    assert content.lstrip().startswith('<a class="drawer-veil"')
    assert "This needs the Admin role" in content
    assert "<html" not in content


def test_a_refused_part_is_a_part(viewer_client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "tbody#rows"}
    content = viewer_client.get(FOR_ADMINS, headers=headers).content.decode()
    assert "This needs the Admin role" in content
    assert "<html" not in content


def test_an_expired_form_is_explained(member: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    response = client.post("/logout/")
    assert response.status_code == 403
    assert b"The form has expired" in response.content
    assert b"Nothing was changed." in response.content


def test_our_own_mistake_needs_nothing_to_be_shown() -> None:
    response = server_error(HttpRequest())
    assert response.status_code == 500
    assert b"Something went wrong on our side" in response.content


def test_a_request_that_cannot_be_read_is_refused(member: User) -> None:
    request = HttpRequest()
    request.user = member
    response = views.bad_request(request, ValueError("a secret"))
    assert response.status_code == 400
    assert b"We could not read that" in response.content
    assert b"a secret" not in response.content


@pytest.mark.parametrize("template", ["400.html", "403.html", "404.html"])
def test_each_page_has_one_heading(template: str) -> None:
    html = render_to_string(template, {"base": "error_plain.html", "heading": "Heading"})
    assert html.count("<h1") == 1
