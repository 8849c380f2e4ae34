"""What browsers are told besides the content security policy, and how much they may send."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from clevertap_partners.core.views import too_large

log = structlog.get_logger(__name__)

# Nothing here uses any of them.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
        "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
# What the pages of the queue, which are not ours, carry inline; the policy forbids to run it.
_INLINE = re.compile(
    rb"<style\b[^>]*>.*?</style>"
    rb"|<script\b(?![^>]*\bsrc=)[^>]*>.*?</script>"
    rb"|\s(?:style|on[a-z]+)=\"[^\"]*\"",
    re.DOTALL | re.IGNORECASE,
)


class BrowserSecurity:
    """Middleware: the headers that Django and django-csp do not set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if is_signed_in(request):
            response.headers.setdefault("Cache-Control", storing(response))
        return response


def is_signed_in(request: HttpRequest) -> bool:
    """Without a cookie nobody is looked up; what was refused early has no person."""
    user = (
        getattr(request, "user", None) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    )
    return user is not None and user.is_authenticated


def storing(response: HttpResponse) -> str:
    """What belongs to an account stays in no cache; what has a tag may, to be asked for by that."""
    return "private, no-cache" if response.has_header("ETag") else "private, no-store"


class BoundedBody:
    """Middleware: refuses what is too large to be a form of ours before any of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return too_large(request) if is_too_large(request) else self.get_response(request)


def is_too_large(request: HttpRequest) -> bool:
    """By the length that it claims: without one, or beyond it, nothing of the body is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and int(length) > settings.REQUEST_MAX_BYTES


class QueuePages:
    """Middleware: the queue's pages are for superusers, and have nothing inline. They are not ours:
    they empty queues and delete jobs, and know no permissions but being staff."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_of_queue(request) and not response.streaming:
            response.content = _INLINE.sub(b"", response.content)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = cast(User, request.user)
        if not is_of_queue(request) or not user.is_authenticated:
            return None
        if not user.is_superuser:
            raise PermissionDenied(_("The queue is for operators with all permissions."))
        if request.method not in {"GET", "HEAD"}:
            log.info("queue_changed", path=request.path, by=user.pk)
        return None


def is_of_queue(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.func.__module__.startswith("django_rq")
