"""One service account: its keys, its rights, whether it may be used."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clevertap_partners.sandbox.client import SandboxRefused
from clevertap_partners.sandbox.console import (
    act,
    client,
    find_account,
    key_download,
    moment,
    sandbox_view,
)


@sandbox_view
@require_safe
def account(request: HttpRequest, email: str) -> HttpResponse:
    found = find_account(email)
    keys = [{**key, "created_at": moment(key["created"])} for key in found["keys"]]
    return render(request, "sandbox/account.html", {"account": found, "keys": keys})


@sandbox_view
@require_POST
def switch(request: HttpRequest, email: str) -> HttpResponse:
    """Disable an account that is on, enable one that is off."""
    if find_account(email)["disabled"]:
        action, done = client().enable_account, _("{email} is enabled again.")
    else:
        action = client().disable_account
        done = _("{email} is disabled: its keys open nothing now.")
    return act(
        request,
        lambda: action(email),
        done=done.format(email=email),
        to=reverse("sandbox_account", args=[email]),
    )


@sandbox_view
def delete(request: HttpRequest, email: str) -> HttpResponse:
    find_account(email)
    if request.method == "POST":
        done = _("{email} is deleted, and its keys with it.").format(email=email)
        return act(
            request,
            lambda: client().delete_account(email),
            done=done,
            to=reverse("sandbox_console"),
        )
    text = _("{email} and its keys stop working at once, everywhere they are used.")
    context = {
        "title": _("Delete service account"),
        "text": text.format(email=email),
        "ok_label": _("Delete service account"),
        "cancel_url": reverse("sandbox_account", args=[email]),
    }
    return render(request, "sandbox/confirm.html", context)


@sandbox_view
@require_POST
def key_add(request: HttpRequest, email: str) -> HttpResponseBase:
    try:
        return key_download(request, client().add_key(email))
    except SandboxRefused as refused:
        messages.error(request, str(refused))
        return redirect("sandbox_console")


@sandbox_view
@require_POST
def key_switch(request: HttpRequest, email: str, key_id: str) -> HttpResponse:
    """Disable a key that is on, enable one that is off."""
    off = any(key["disabled"] for key in find_account(email)["keys"] if key["id"] == key_id)
    if off:
        action, done = client().enable_key, _("The key {key_id} is enabled again.")
    else:
        action, done = client().disable_key, _("The key {key_id} is disabled: it gets no token.")
    return act(
        request,
        lambda: action(email, key_id),
        done=done.format(key_id=key_id),
        to=reverse("sandbox_account", args=[email]),
    )


@sandbox_view
def key_delete(request: HttpRequest, email: str, key_id: str) -> HttpResponse:
    find_account(email)
    if request.method == "POST":
        done = _("The key {key_id} is deleted.").format(key_id=key_id)
        return act(
            request,
            lambda: client().delete_key(email, key_id),
            done=done,
            to=reverse("sandbox_account", args=[email]),
        )
    text = _("The key {key_id} of {email} gets no token any more.")
    context = {
        "title": _("Delete key"),
        "text": text.format(key_id=key_id, email=email),
        "ok_label": _("Delete key"),
        "cancel_url": reverse("sandbox_account", args=[email]),
    }
    return render(request, "sandbox/confirm.html", context)
