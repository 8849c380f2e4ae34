"""One bucket: its objects, who may do what on it, how long it keeps them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from http.client import HTTPResponse
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clevertap_partners.core.downloads import attachment
from clevertap_partners.core.paging import page_size
from clevertap_partners.sandbox.client import Json, SandboxClient, SandboxRefused
from clevertap_partners.sandbox.console import (
    accounts,
    act,
    client,
    find_bucket,
    sandbox_view,
)
from clevertap_partners.sandbox.forms import (
    NO_RIGHTS,
    AnswerForm,
    BucketChangeForm,
    HoldForm,
    RightsForm,
)
from clevertap_partners.sandbox.views_answers import answers_shown

BLOCK = 256 * 1024


class ObjectPage:
    """The objects of a bucket as a sequence of which a page is fetched when it is asked for."""

    def __init__(self, gateway: SandboxClient, bucket: str, search: str, per_page: int) -> None:
        self._ask = (gateway, bucket, search)
        self._per_page = per_page
        first = self._fetch(1)
        self._total, self.bytes = int(first["total"]), int(first["bytes"])

    def __len__(self) -> int:
        return self._total

    def __getitem__(self, wanted: slice) -> list[Json]:
        found = self._fetch(wanted.start // self._per_page + 1)["objects"]
        return [{**one, "created_at": _moment(one["timeCreated"])} for one in found]

    def _fetch(self, page: int) -> Json:
        gateway, bucket, search = self._ask
        return gateway.objects(bucket, search=search, page=page, per_page=self._per_page)


@sandbox_view
@require_safe
def bucket(request: HttpRequest, name: str) -> HttpResponse:
    return _bucket(request, find_bucket(name))


@sandbox_view
@require_safe
def object_detail(request: HttpRequest, name: str) -> HttpResponse:
    found = _object(name, request.GET.get("name", ""))
    holder = find_bucket(name)
    initial = {"name": found["name"], "hold": holder["holds"].get(found["name"], "")}
    context = {"bucket": holder, "object": found, "hold_form": HoldForm(initial=initial)}
    return render(request, "sandbox/object.html", context)


@sandbox_view
@require_safe
def download(request: HttpRequest, name: str) -> StreamingHttpResponse:
    found = _object(name, request.GET.get("name", ""))
    shown = found["name"].rpartition("/")[2]
    return attachment(
        shown,
        found.get("contentType", "application/octet-stream"),
        _blocks(client().download(name, found["name"])),
        size=int(found["size"]),
    )


@sandbox_view
@require_POST
def rights(request: HttpRequest, name: str) -> HttpResponse:
    form = RightsForm(request.POST, accounts=[one["email"] for one in accounts()])
    if not form.is_valid():
        return _bucket(request, find_bucket(name), rights_form=form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    roles = [] if role == NO_RIGHTS else [role]
    if roles:
        done = _("{email} has {role} on {name} now.")
    else:
        done = _("{email} has no rights on {name} now.")
    return act(
        request,
        lambda: client().grant(name, email, roles),
        done=done.format(email=email, role=role, name=name),
        to=reverse("sandbox_bucket", args=[name]),
    )


@sandbox_view
@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    form = BucketChangeForm(request.POST)
    if not form.is_valid():
        return _bucket(request, find_bucket(name), change_form=form)
    asked = form.cleaned_data
    try:
        client().set_retention(name, asked["retention_days"] * 86_400)
        client().set_requester_pays(name, asked["requester_pays"])
    except SandboxRefused as refused:
        form.add_error("retention_days", str(refused))
        return _bucket(request, find_bucket(name), change_form=form)
    messages.success(request, _("The settings of {name} are saved.").format(name=name))
    return redirect("sandbox_bucket", name=name)


@sandbox_view
def lock(request: HttpRequest, name: str) -> HttpResponse:
    find_bucket(name)
    if request.method == "POST":
        done = _("The retention policy of {name} is locked.").format(name=name)
        return act(
            request,
            lambda: client().lock_retention(name),
            done=done,
            to=reverse("sandbox_bucket", args=[name]),
        )
    text = _("A lock cannot be taken back. From then on the period may only grow.")
    return _confirm(request, name, title=_("Lock retention"), text=text)


@sandbox_view
def empty(request: HttpRequest, name: str) -> HttpResponse:
    find_bucket(name)
    if request.method == "POST":
        counts = client().empty_bucket(name)
        if counts["kept"]:
            done = _(
                "{deleted} objects of {name} are deleted. "
                "{kept} stay: retention or a hold keeps them."
            )
        else:
            done = _("{deleted} objects of {name} are deleted.")
        messages.success(request, done.format(name=name, **counts))
        return redirect("sandbox_bucket", name=name)
    text = _("Every object in {name} is deleted, except those that retention still holds.")
    return _confirm(request, name, title=_("Empty bucket"), text=text.format(name=name))


@sandbox_view
def delete(request: HttpRequest, name: str) -> HttpResponse:
    find_bucket(name)
    if request.method == "POST":
        done = _("The bucket {name} is deleted.").format(name=name)
        return act(
            request, lambda: client().delete_bucket(name), done=done, to=reverse("sandbox_console")
        )
    text = _("{name} goes away, and all rights on it. It must be empty.").format(name=name)
    return _confirm(request, name, title=_("Delete bucket"), text=text)


def _bucket(
    request: HttpRequest,
    found: Json,
    *,
    rights_form: RightsForm | None = None,
    change_form: BucketChangeForm | None = None,
) -> HttpResponse:
    search = request.GET.get("search", "").strip()
    per_page = page_size(request.GET.get("per_page"))
    rows = ObjectPage(client(), found["name"], search, per_page)
    # A paginator takes slices and the length, which is all that ObjectPage has of a sequence.
    page = Paginator(cast(Sequence[Json], rows), per_page).get_page(request.GET.get("page"))
    days = -(-found["retention_s"] // 86_400)
    initial = {"retention_days": days, "requester_pays": found["requester_pays"]}
    emails = [one["email"] for one in accounts()]
    context = {
        "bucket": found,
        "search": search,
        "page": page,
        "per_page": per_page,
        "bytes": rows.bytes,
        "has_accounts": bool(emails),
        "rights_form": rights_form or RightsForm(accounts=emails),
        "answer_form": AnswerForm(),
        "answers": answers_shown(found["name"]),
        "change_form": change_form or BucketChangeForm(initial=initial),
    }
    return render(request, "sandbox/bucket.html", context)


def _confirm(request: HttpRequest, name: str, *, title: str, text: str) -> HttpResponse:
    back = reverse("sandbox_bucket", args=[name])
    context = {"title": title, "text": text, "ok_label": title, "cancel_url": back}
    return render(request, "sandbox/confirm.html", context)


def _object(bucket_name: str, name: str) -> Json:
    try:
        found = client().object(bucket_name, name)
    except SandboxRefused as refused:
        raise Http404(str(refused)) from refused
    return {**found, "created_at": _moment(found["timeCreated"])}


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _blocks(content: HTTPResponse) -> Iterator[bytes]:
    with content:
        while block := content.read(BLOCK):
            yield block
