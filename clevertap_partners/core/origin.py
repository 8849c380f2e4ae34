"""Where what is done comes from: a page, Django admin, a command, or the system by itself.

Noted once at the edge, so that every service underneath can say it in the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from clevertap_partners.core.address import address_of

WEB, ADMIN, COMMAND, SYSTEM = "web", "admin", "command", "system"


@dataclass(frozen=True)
class Origin:
    """`command` names the management command, where it is one."""

    via: str = SYSTEM
    command: str = ""
    ip: str | None = None


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current_origin() -> Origin | None:
    """None outside a request and a command, as in workers and in the scheduler."""
    return _current.get()


@contextmanager
def acting(via: str, *, command: str = "", ip: str | None = None) -> Iterator[None]:
    """What is done inside comes from there."""
    token = _current.set(Origin(via, command, ip))
    try:
        yield
    finally:
        _current.reset(token)


class NoteOrigin:
    """Middleware: what a request does comes from its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        via = ADMIN if request.path.startswith(reverse("admin:index")) else WEB
        with acting(via, ip=address_of(request)):
            return self.get_response(request)
