"""Light, dark, or as the person's system has it: kept in a cookie, rendered by the server."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

SYSTEM = "system"
THEMES = (SYSTEM, "light", "dark")
COOKIE = "theme"
A_YEAR_S = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """What the person has chosen; a cookie that says anything else counts for nothing."""
    chosen = request.COOKIES.get(COOKIE, SYSTEM)
    return chosen if chosen in THEMES else SYSTEM


@require_POST
def theme_choose(request: HttpRequest) -> HttpResponse:
    """Back to the page that it was chosen on, in the new theme."""
    response = redirect(came_from(request))
    chosen = request.POST.get("theme", SYSTEM)
    if chosen not in THEMES or chosen == SYSTEM:
        response.delete_cookie(COOKIE, samesite="Lax")
    else:
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=A_YEAR_S,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def came_from(request: HttpRequest) -> str:
    """The page of ours that a form in its frame was sent from; else the start."""
    page = request.headers.get("referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page if is_ours else "/"
