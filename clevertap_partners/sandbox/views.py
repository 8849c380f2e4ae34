"""The console's first page, and what is created on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clevertap_partners.sandbox import console as shared
from clevertap_partners.sandbox.client import SandboxRefused
from clevertap_partners.sandbox.console import key_download, sandbox_view
from clevertap_partners.sandbox.forms import AccountForm, BucketForm


@sandbox_view
@require_safe
def console(request: HttpRequest) -> HttpResponse:
    return _console(request)


@sandbox_view
@require_POST
def account_create(request: HttpRequest) -> HttpResponseBase:
    """Answers with the key file; the page behind it stays where it is."""
    form = AccountForm(request.POST, buckets=[one["name"] for one in shared.buckets()])
    if not form.is_valid():
        return _console(request, account_form=form)
    asked = form.cleaned_data
    try:
        created = shared.client().create_account(
            asked["name"], buckets=asked["buckets"], role=asked["role"]
        )
    except SandboxRefused as refused:
        form.add_error("name", str(refused))
        return _console(request, account_form=form)
    return key_download(request, created)


@sandbox_view
@require_POST
def bucket_create(request: HttpRequest) -> HttpResponse:
    form = BucketForm(request.POST, accounts=[one["email"] for one in shared.accounts()])
    if not form.is_valid():
        return _console(request, bucket_form=form)
    asked = form.cleaned_data
    try:
        shared.client().create_bucket(
            asked["name"],
            location=asked["location"],
            retention_s=(asked["retention_days"] or 0) * 86_400,
            grant_to=asked["grant_to"],
        )
    except SandboxRefused as refused:
        form.add_error("name", str(refused))
        return _console(request, bucket_form=form)
    messages.success(request, _("The bucket {name} is there.").format(name=asked["name"]))
    return redirect("sandbox_console")


def _console(
    request: HttpRequest,
    *,
    account_form: AccountForm | None = None,
    bucket_form: BucketForm | None = None,
) -> HttpResponse:
    accounts, buckets = shared.accounts(), shared.buckets()
    names, emails = [one["name"] for one in buckets], [one["email"] for one in accounts]
    context: dict[str, Any] = {
        "accounts": accounts,
        "buckets": buckets,
        "account_form": account_form or AccountForm(buckets=names),
        "bucket_form": bucket_form or BucketForm(accounts=emails),
    }
    return render(request, "sandbox/console.html", context)
