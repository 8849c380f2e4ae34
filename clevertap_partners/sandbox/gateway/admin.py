"""The sandbox's own JSON interface under /_sandbox/, for the console page and for tests.

It acts as the owner of everything, so it answers nobody but programs on this machine: a request
that a web page of another origin sends is refused.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from clevertap_partners.sandbox.gateway.bigquery.offered import BigQuery
from clevertap_partners.sandbox.gateway.bigquery.owner import OwnerDatasets
from clevertap_partners.sandbox.gateway.faults import Faults
from clevertap_partners.sandbox.gateway.hooks import Hooks
from clevertap_partners.sandbox.gateway.journal import Journal
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request, Response, as_json
from clevertap_partners.sandbox.gateway.objects import Objects
from clevertap_partners.sandbox.gateway.owner_accounts import OwnerAccounts
from clevertap_partners.sandbox.gateway.owner_buckets import OwnerBuckets
from clevertap_partners.sandbox.gateway.refusals import invalid

PREFIX = "/_sandbox/"
# Method, path below the prefix, and what answers it, called with the request and the path's groups.
Route = tuple[str, str, Callable[..., Any]]
_LOCAL = {"127.0.0.1", "localhost", "[::1]"}


class Admin:
    def __init__(
        self,
        objects: Objects,
        faults: Faults,
        journal: Journal,
        hooks: Hooks,
        bigquery: BigQuery,
    ) -> None:
        self._objects = objects
        self._store = objects.store
        self._buckets = OwnerBuckets(objects)
        self._faults = faults
        self._journal = journal
        self._hooks = hooks
        self._bigquery = bigquery
        routes: list[Route] = [
            *account_routes(OwnerAccounts(objects.store, public_url=objects.public_url)),
            *bucket_routes(self._buckets),
            ("GET", "buckets/([^/]+)/objects/(.+)", self._object),
            *bigquery_routes(bigquery),
            *dataset_routes(bigquery.owner),
            *weather_routes(faults, journal, hooks),
            ("GET", "health", self._health),
            ("PUT", "clock", self._set_clock),
            ("POST", "reset", self._reset),
        ]
        self._table = [
            (method, re.compile(PREFIX + path), handler) for method, path, handler in routes
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

    def _object(self, request: Request, bucket: str, name: str) -> Response:
        if request.query.get("alt") == "media":
            return self._buckets.content(bucket, name)
        return as_json(self._buckets.object(bucket, name))

    def _set_clock(self, request: Request) -> None:
        try:
            skew = float(request.json().get("skew_s", 0))
        except (TypeError, ValueError) as error:
            raise invalid("skew_s is a number of seconds.") from error
        with self._store.change() as state:
            state.clock_skew_s = skew

    def _reset(self, _: Request) -> None:
        self._faults.clear()
        self._buckets.forget_all()
        self._bigquery.reset()
        self._store.reset()
        self._journal.clear()
        self._hooks.forget()


def account_routes(accounts: OwnerAccounts) -> list[Route]:
    one, key = "accounts/([^/]+)", "accounts/([^/]+)/keys/([^/]+)"
    return [
        ("GET", "accounts", lambda _: {"accounts": accounts.listing()}),
        ("POST", "accounts", lambda r: accounts.create(r.json())),
        ("POST", f"{one}/disable", lambda _, a: accounts.switch(a, disabled=True)),
        ("POST", f"{one}/enable", lambda _, a: accounts.switch(a, disabled=False)),
        ("DELETE", one, lambda _, a: accounts.delete(a)),
        ("POST", f"{one}/keys", lambda _, a: accounts.key_add(a)),
        ("DELETE", key, lambda _, a, k: accounts.key_delete(a, k)),
        ("POST", f"{key}/disable", lambda _, a, k: accounts.key_switch(a, k, disabled=True)),
        ("POST", f"{key}/enable", lambda _, a, k: accounts.key_switch(a, k, disabled=False)),
        ("POST", f"{one}/sign_out", lambda _, a: accounts.sign_out(a)),
    ]


def bucket_routes(buckets: OwnerBuckets) -> list[Route]:
    one = "buckets/([^/]+)"
    return [
        ("GET", "buckets", lambda _: {"buckets": buckets.listing()}),
        ("POST", "buckets", lambda r: buckets.create(r.json())),
        ("PATCH", one, lambda r, b: buckets.change(b, r.json())),
        ("POST", f"{one}/lock", lambda _, b: buckets.lock(b)),
        ("DELETE", one, lambda _, b: buckets.delete(b)),
        ("PUT", f"{one}/grants", lambda r, b: buckets.grant(b, r.json())),
        ("PUT", f"{one}/holds", lambda r, b: buckets.hold(b, r.json())),
        ("GET", f"{one}/objects", lambda r, b: buckets.objects(b, r.query)),
        ("DELETE", f"{one}/objects", lambda _, b: buckets.empty(b)),
    ]


def bigquery_routes(bigquery: BigQuery) -> list[Route]:
    return [
        ("POST", "bigquery/start", lambda _: {"grpc_address": bigquery.start()}),
        ("POST", "bigquery/expire", lambda _: bigquery.reading.expire()),
    ]


def dataset_routes(datasets: OwnerDatasets) -> list[Route]:
    one, table = "datasets/([^/]+)/([^/]+)", "datasets/([^/]+)/([^/]+)/tables/([^/]+)"
    return [
        ("POST", "bigquery/sql", lambda r: datasets.run(r.json())),
        ("GET", "projects", lambda _: {"grants": datasets.project_grants()}),
        ("PUT", "projects/([^/]+)/grants", lambda r, p: datasets.grant_project(p, r.json())),
        ("GET", "datasets", lambda _: {"datasets": datasets.listing()}),
        ("POST", "datasets", lambda r: datasets.create(r.json())),
        ("DELETE", one, lambda _, p, d: datasets.delete(p, d)),
        ("PUT", f"{one}/grants", lambda r, p, d: datasets.grant(p, d, r.json())),
        ("GET", f"{one}/tables", lambda _, p, d: {"tables": datasets.tables(p, d)}),
        ("GET", table, lambda _, p, d, t: datasets.table(p, d, t)),
        ("DELETE", table, lambda _, p, d, t: datasets.drop_table(p, d, t)),
    ]


def weather_routes(faults: Faults, journal: Journal, hooks: Hooks) -> list[Route]:
    """What goes wrong on purpose, and what was asked and received."""
    return [
        ("GET", "faults", lambda _: {"faults": faults.listing()}),
        ("POST", "faults", lambda r: faults.add(r.json())),
        ("DELETE", "faults", lambda _: faults.clear()),
        ("DELETE", "faults/([^/]+)", lambda _, fault: faults.remove(fault)),
        ("POST", "faults/([^/]+)/release", lambda _, fault: faults.release(fault)),
        ("GET", "journal", lambda _: {"entries": journal.entries()}),
        ("DELETE", "journal", lambda _: journal.clear()),
        ("GET", "hooks", lambda _: hooks.shown()),
        ("PUT", "hooks", lambda r: hooks.answer_with(r.json())),
        ("DELETE", "hooks", lambda _: hooks.forget()),
    ]


def check_local(request: Request) -> None:
    host = request.header("host").rpartition(":")[0] or request.header("host")
    if host not in _LOCAL or request.header("origin"):
        text = "Only programs on this machine may ask this."
        raise GoogleError(403, text, reason="forbidden")
