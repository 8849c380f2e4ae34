"""A sign-in that has ended while a page was open."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from clevertap_partners.core.drawer import is_fragment

GetResponse = Callable[[HttpRequest], HttpResponse]


class SignInForFragments:
    """Leads the whole page to sign-in, where htmx would put the sign-in form into a part of it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_fragment(request) or not _leads_to_sign_in(response):
            return response
        page = request.htmx.current_url_abs_path or resolve_url("home")  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": redirect_to_login(page).url})


def _leads_to_sign_in(response: HttpResponse) -> bool:
    target = response.headers.get("Location", "")
    return target.split("?")[0] == resolve_url(settings.LOGIN_URL)
