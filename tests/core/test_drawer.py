from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from clevertap_partners.core.drawer import drawer_saved, is_fragment

HTMX = {"HX-Request": "true"}


def request(**headers: str) -> HttpRequest:
    made = RequestFactory().get("/", headers=headers)
    made.htmx = HtmxDetails(made)  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize(
    ("headers", "is_part"),
    [
        ({}, False),
        (HTMX, True),
        ({**HTMX, "HX-Boosted": "true"}, False),
        ({**HTMX, "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_it_tells_a_part_from_a_page(headers: dict[str, str], is_part: bool) -> None:
    assert is_fragment(request(**headers)) is is_part


def test_a_saved_drawer_leads_a_browser_on() -> None:
    assert drawer_saved(request(), "/list/").headers["Location"] == "/list/"


def test_a_saved_drawer_makes_htmx_lead_the_whole_page_on() -> None:
    response = drawer_saved(request(**HTMX), "/list/")
    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == "/list/"
