"""The sandbox's own JSON interface under /_sandbox/, for the console page and for tests.

It acts as the owner of everything, so it answers nobody but programs on this machine: a request
that a web page of another origin sends is refused.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from clevertap_partners.sandbox.gateway.faults import Faults
from clevertap_partners.sandbox.gateway.journal import Journal
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request, Response, as_json
from clevertap_partners.sandbox.gateway.objects import Objects
from clevertap_partners.sandbox.gateway.owner import Owner

PREFIX = "/_sandbox/"
_LOCAL = {"127.0.0.1", "localhost", "[::1]"}


class Admin:
    def __init__(self, objects: Objects, faults: Faults, journal: Journal) -> None:
        self._objects = objects
        self._owner = Owner(objects)
        self._faults = faults
        self._journal = journal
        table: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", "health", self._health),
            ("GET", "accounts", lambda _: {"accounts": self._owner.accounts()}),
            ("POST", "accounts", lambda r: self._owner.account_create(r.json())),
            ("POST", "accounts/([^/]+)/disable", lambda _, email: self._able(email, True)),
            ("POST", "accounts/([^/]+)/enable", lambda _, email: self._able(email, False)),
            ("DELETE", "accounts/([^/]+)", lambda _, email: self._owner.account_delete(email)),
            ("POST", "accounts/([^/]+)/keys", lambda _, email: self._owner.key_add(email)),
            ("DELETE", "accounts/([^/]+)/keys/([^/]+)", lambda _, *a: self._owner.key_delete(*a)),
            ("GET", "buckets", lambda _: {"buckets": self._owner.buckets()}),
            ("POST", "buckets", lambda r: self._owner.bucket_create(r.json())),
            ("PATCH", "buckets/([^/]+)", lambda r, b: self._owner.bucket_change(b, r.json())),
            ("POST", "buckets/([^/]+)/lock", lambda _, b: self._owner.bucket_lock(b)),
            ("DELETE", "buckets/([^/]+)", lambda _, b: self._owner.bucket_delete(b)),
            ("PUT", "buckets/([^/]+)/grants", lambda r, b: self._owner.grant(b, r.json())),
            ("GET", "buckets/([^/]+)/objects", lambda r, b: self._owner.objects(b, r.query)),
            ("DELETE", "buckets/([^/]+)/objects", lambda _, b: self._owner.bucket_empty(b)),
            ("GET", "buckets/([^/]+)/objects/(.+)", self._object),
            ("GET", "faults", lambda _: {"faults": self._owner.faults()}),
            ("POST", "faults", lambda r: self._faults.add(r.json())),
            ("DELETE", "faults", lambda _: self._faults.clear()),
            ("POST", "faults/([^/]+)/release", lambda _, fault: self._faults.release(fault)),
            ("GET", "journal", lambda _: {"entries": self._journal.entries()}),
            ("DELETE", "journal", lambda _: self._journal.clear()),
            ("PUT", "clock", lambda r: self._owner.clock_set(r.json())),
            ("POST", "reset", self._reset),
        ]
        self._table = [
            (method, re.compile(PREFIX + path), handler) for method, path, handler in table
        ]

    def answer(self, request: Request) -> Response:
        check_local(request)
        for method, pattern, handler in self._table:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                result = handler(request, *map(urllib.parse.unquote, found.groups()))
                return result if isinstance(result, Response) else as_json(result or {})
        raise GoogleError(404, f"No such address: {request.path}", reason="notFound")

    def _health(self, _: Request) -> dict[str, Any]:
        if not self._objects.upstream.is_up():
            raise GoogleError(503, "fake-gcs-server does not answer.", reason="backendError")
        return {"ok": True}

    def _able(self, email: str, disabled: bool) -> dict[str, Any]:
        return self._owner.account_switch(email, disabled=disabled)

    def _object(self, request: Request, bucket: str, name: str) -> Response:
        if request.query.get("alt") == "media":
            return self._owner.content(bucket, name)
        return as_json(self._owner.object(bucket, name))

    def _reset(self, _: Request) -> None:
        self._faults.clear()
        self._owner.reset()
        self._journal.clear()


def check_local(request: Request) -> None:
    host = request.header("host").rpartition(":")[0] or request.header("host")
    if host not in _LOCAL or request.header("origin"):
        text = "Only programs on this machine may ask this."
        raise GoogleError(403, text, reason="forbidden")
