"""Notes where people are signed in, and ends what has been open for too long."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from clevertap_partners.accounts.security.services import session_note
from clevertap_partners.core.drawer import is_fragment


class Sessions(SessionMiddleware):
    """Django's; whose session was ended while they were asking is led to the sign-in."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            return signed_out(request)


class NoteSession:
    """Middleware; after the one that tells who is there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            session_note(request=request)
        return self.get_response(request)


def signed_out(request: HttpRequest) -> HttpResponse:
    """To the sign-in, and back to the page afterwards."""
    response: HttpResponse
    if is_fragment(request):
        page = request.htmx.current_url_abs_path or resolve_url("home")  # type: ignore[attr-defined]
        response = HttpResponse(headers={"HX-Redirect": redirect_to_login(page).url})
    else:
        is_page = request.method in {"GET", "HEAD"}
        response = redirect_to_login(request.get_full_path() if is_page else resolve_url("home"))
    response.delete_cookie(
        settings.SESSION_COOKIE_NAME,
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
        samesite="Lax",
    )
    return response
