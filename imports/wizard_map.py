"""The second step: what becomes of each column."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, is_fragment, render_drawer
from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.translated import translated
from clevertap_partners.eventstore.selectors import event_names
from imports.forms_map import MapForm
from imports.mapping import EVENTS, KINDS, Mapping, as_json
from imports.models import Import
from imports.suggest import suggested_mapping
from imports.wizard import Work, elsewhere, find_work, frame_context, list_url, overtaken, step_url
from imports.wizard_dry_run import dry_run_of, known_properties
from imports.wizard_finish import finish
from imports.wizard_switch import (
    forget_switch,
    may_undo,
    switch_kind,
    switch_url,
    undo_switch,
    would_lose,
)

STEP = "map"
PAGE = "imports/wizard/map.html"
OUTDATED = gettext_noop(
    "The source or the kind of data has changed since this page was opened, so what it sent was "
    "not kept: its rows stood for other columns. Here is the mapping as it is now."
)


@account_view(role=Role.MEMBER, feature=Feature.BIGQUERY_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_map(request: AccountRequest, import_id: int, *, is_edit: bool = False) -> HttpResponse:
    work = find_work(request, import_id, is_edit=is_edit)
    if away := elsewhere(work, STEP):
        return away
    if request.method != "POST":
        return page(request, work)
    if "undo" in request.POST:
        undo_switch(work)
        return HttpResponseRedirect(request.path)
    # A page of other columns is not even read: its rows mean others now.
    if work.item.kind and request.POST.get("shape") != work.shape:
        return outdated(request, work)
    form = sent_form(request, work)
    if "check" in request.POST:
        return checked(request, work, form)
    if form and not work.keep(mapping=as_json(form.mapping)):
        return overtaken(request, work.item)
    return answered(request, work, form)


def outdated(request: AccountRequest, work: Work) -> HttpResponse:
    """The page was about another kind or other columns: nothing of it is kept."""
    if "check" in request.POST:
        return render(request, "imports/wizard/_map_check.html", {"is_outdated": True})
    messages.warning(request, _(OUTDATED))
    return drawer_saved(request, step_url(work, STEP))


def answered(request: AccountRequest, work: Work, form: MapForm | None) -> HttpResponse:
    """What the pressed button asks for; the mapping is kept already."""
    if (kind := request.POST.get("switch")) in KINDS:
        return switched(request, work, str(kind))
    if "back" in request.POST:
        return HttpResponseRedirect(step_url(work, "configure"))
    if form is None:
        return page(request, work, needs_kind=True)
    if "dry_run" in request.POST:
        return dry_run(request, work, form)
    if "save" in request.POST:
        messages.success(request, _("“{item}” is kept as a draft.").format(item=work.item))
        return HttpResponseRedirect(list_url(request))
    if form.blame():
        return page(request, work, form)
    forget_switch(work)
    return (
        finish(work)
        if "finish" in request.POST
        else HttpResponseRedirect(step_url(work, "schedule"))
    )


def checked(request: AccountRequest, work: Work, form: MapForm | None) -> HttpResponse:
    """What is to mend, asked for at every change; the mapping is kept on the way."""
    if form and not work.is_stale and "look" not in request.POST:
        work.keep(mapping=as_json(form.mapping))
    context = {"work": work, **(check_context(form) if form else {})}
    return render(request, "imports/wizard/_map_check.html", context)


@account_view(role=Role.MEMBER, feature=Feature.BIGQUERY_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_map_switch(
    request: AccountRequest, import_id: int, *, is_edit: bool = False
) -> HttpResponse:
    """Ask before a mapping is cleared."""
    work = find_work(request, import_id, is_edit=is_edit)
    kind = request.GET.get("to", "")
    if (away := elsewhere(work, STEP)) or kind not in KINDS or kind == work.item.kind:
        return away or HttpResponseRedirect(step_url(work, STEP))
    if request.method == "POST":
        switch_kind(work, kind)
        return drawer_saved(request, step_url(work, STEP))
    context = {
        **map_context(request, work, shown_form(work)),
        "kind_label": Import.Kind(kind).label,
        "kept_properties": len(work.mapping.properties) if work.mapping else 0,
        "drawer_close_url": step_url(work, STEP),
    }
    return render_drawer(request, "imports/wizard/switch_drawer.html", context, page_template=PAGE)


def switched(request: AccountRequest, work: Work, kind: str) -> HttpResponse:
    if kind == work.item.kind:
        return HttpResponseRedirect(request.path)
    if would_lose(work):
        return HttpResponseRedirect(f"{switch_url(work)}?to={kind}")
    switch_kind(work, kind)
    forget_switch(work)
    return HttpResponseRedirect(request.path)


def sent_form(request: AccountRequest, work: Work) -> MapForm | None:
    """None before anybody has said whose rows they are."""
    if not work.item.kind:
        return None
    return MapForm(
        request.POST, kind=work.item.kind, mapping=mapping_of(work), columns=work.columns
    )


def shown_form(work: Work) -> MapForm | None:
    if not work.item.kind:
        return None
    return MapForm(kind=work.item.kind, mapping=mapping_of(work), columns=work.columns)


def mapping_of(work: Work) -> Mapping:
    """As it is kept; else as it is suggested."""
    return work.mapping or suggested_mapping(work.item.kind, work.columns)


def dry_run(request: AccountRequest, work: Work, form: MapForm) -> HttpResponse:
    if form.problems:
        asked: dict[str, Any] = {"dry_run_missing": translated(form.problems[0].message)}
    else:
        asked = dry_run_context(work)
    if is_fragment(request):
        return render(
            request, "imports/wizard/_dry_run.html", {**asked, "work": work, "is_answer": True}
        )
    return page(request, work, form, **asked)


def dry_run_context(work: Work) -> dict[str, Any]:
    try:
        return {"dry_run": dry_run_of(work)}
    except PartnersError as error:
        return {"dry_run_trouble": error}


def page(
    request: AccountRequest, work: Work, form: MapForm | None = None, **more: Any
) -> HttpResponse:
    return render(request, PAGE, {**map_context(request, work, form or shown_form(work)), **more})


def map_context(request: AccountRequest, work: Work, form: MapForm | None) -> dict[str, Any]:
    context = {
        **frame_context(request, STEP, work),
        "form": form,
        "kinds": Import.Kind,
        "may_undo": may_undo(work),
    }
    if form is None:
        return context
    if form.kind == EVENTS:
        context["known_events"] = event_names(account=request.account)
    known = known_properties(request.account, form.kind, form.mapping.event_name)
    return {**context, **check_context(form), "known_properties": known}


def check_context(form: MapForm) -> dict[str, Any]:
    """What `_map_check.html` shows."""
    return {
        "problems": [
            (form.place_of(each.where), translated(each.message)) for each in form.problems
        ],
        "included": len(form.mapping.properties),
    }
