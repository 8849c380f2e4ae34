"""What every view of the console needs: the client, the gate, lists as the templates want them."""

from __future__ import annotations

import datetime
import functools
import json
import urllib.parse
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from clevertap_partners.core.downloads import attachment
from clevertap_partners.sandbox.client import Json, SandboxClient, SandboxDown, SandboxRefused

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def sandbox_view(view: View[P]) -> Callable[..., HttpResponseBase]:
    """For people who are signed in; says so in plain words when the gateway is down."""

    @login_required
    @never_cache
    @functools.wraps(view)
    def gated(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except SandboxDown:
            port = urllib.parse.urlsplit(settings.SANDBOX_URL).port
            context = {"sandbox_url": settings.SANDBOX_URL, "sandbox_port": port}
            return render(request, "sandbox/down.html", context, status=503)

    return gated


def client() -> SandboxClient:
    return SandboxClient(settings.SANDBOX_URL)


def accounts() -> list[Json]:
    return [{**one, "created_at": moment(one["created"])} for one in client().accounts()]


def buckets() -> list[Json]:
    return [bucket_shown(one) for one in client().buckets()]


def find_account(email: str) -> Json:
    """Raises Http404."""
    return _find(accounts(), "email", email)


def find_bucket(name: str) -> Json:
    """Raises Http404."""
    return _find(buckets(), "name", name)


def bucket_shown(bucket: Json) -> Json:
    retention = datetime.timedelta(seconds=bucket["retention_s"])
    return {**bucket, "created_at": moment(bucket["created"]), "retention": retention}


def moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def act(request: HttpRequest, action: Callable[[], object], *, done: str, to: str) -> HttpResponse:
    """Carry out an action and go to the address `to`, which says how it went."""
    try:
        action()
    except SandboxRefused as refused:
        messages.error(request, _("{why} Nothing was changed.").format(why=refused))
    else:
        messages.success(request, done)
    return redirect(to)


def key_download(request: HttpRequest, created: Json) -> HttpResponseBase:
    """The key file as a download: it exists in this one answer and nowhere else."""
    key, email = created["key"], created["account"]["email"]
    name = f"{key['project_id']}-{key['private_key_id'][:12]}.json"
    text = _("{email} has a new key. It was downloaded as {name}, once only.")
    messages.success(request, text.format(email=email, name=name))
    return attachment(name, "application/json", [json.dumps(key, indent=2) + "\n"])


def _find(rows: list[Json], field: str, wanted: str) -> Json:
    for row in rows:
        if row[field] == wanted:
            return row
    raise Http404(f"The sandbox has no {wanted}.")
