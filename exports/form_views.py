"""The form of an export: what it would hold, how that looks, and sending it off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from clevertap_partners.accounts.access import AccountRequest, account_view, require
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, render_drawer
from clevertap_partners.core.errors import PartnersError, TransientError
from exports import services
from exports.estimates import export_estimate as estimate_of
from exports.estimates import why_nothing
from exports.forms import ExportForm
from exports.screens import ip_of, list_url, page_context
from integrations.selectors import PartnerCard, exporting_partner


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request: AccountRequest) -> HttpResponse:
    card = open_partner(request)
    form = sent_form(request, card)
    if "estimate" in request.POST or "preview" in request.POST:
        return draft_drawer(request, card, form)
    if request.method == "POST" and form.is_valid() and created(request, form):
        messages.success(request, f"{card.partner.short_label} export has initiated")
        return drawer_saved(request, list_url(request))
    return form_drawer(request, card, form)


@account_view(role=Role.MEMBER)
@require_POST
def export_estimate(request: AccountRequest) -> HttpResponse:
    """How much the form would export as it stands; asked for at every change of it."""
    form = sent_form(request, open_partner(request))
    return render(request, "exports/_export_estimate.html", estimated(request, form))


@account_view(role=Role.MEMBER)
@require_POST
def export_preview(request: AccountRequest) -> HttpResponse:
    """The first rows that the form would export as it stands."""
    card = open_partner(request)
    context = {"partner": card.partner, **previewed(request, sent_form(request, card))}
    return render(request, "exports/_export_preview.html", context)


def open_partner(request: AccountRequest) -> PartnerCard:
    """The partner that is asked for. Raises Http404 or PermissionDenied."""
    card = exporting_partner(account=request.account, key=request.GET.get("partner"))
    if card is None:
        raise Http404("No such partner.")
    require(request, needed=Role.MEMBER, feature=card.partner.feature)
    return card


def sent_form(request: AccountRequest, card: PartnerCard) -> ExportForm:
    sent = request.POST if request.method == "POST" else None
    return ExportForm(sent, account=request.account, partner=card.key)


def created(request: AccountRequest, form: ExportForm) -> bool:
    try:
        services.export_create(
            account=request.account,
            connection=form.cleaned_data["bucket"],
            spec=form.spec,
            actor=request.user,
            ip=ip_of(request),
        )
    except services.BesideRecurring as error:
        form.refuse(error)
        return False
    return True


def form_drawer(
    request: AccountRequest, card: PartnerCard, form: ExportForm, **more: Any
) -> HttpResponse:
    return render_drawer(
        request,
        "exports/export_new_drawer.html",
        {**page_context(request), "form": form, "partner": card.partner, **more},
        page_template="exports/export_list.html",
    )


def draft_drawer(request: AccountRequest, card: PartnerCard, form: ExportForm) -> HttpResponse:
    """The form as it was filled in, without blame for what is missing, and what was asked of it.

    For browsers that run no scripts.
    """
    answer = estimated(request, form)
    if "preview" in request.POST:
        answer |= previewed(request, form)
    draft = ExportForm(initial=form.as_chosen(), account=request.account, partner=card.key)
    return form_drawer(request, card, draft, **answer)


def estimated(request: AccountRequest, form: ExportForm) -> dict[str, Any]:
    """What `_export_estimate.html` shows."""
    spec = form.draft()
    if spec is None:
        return {"missing": form.missing()}
    try:
        estimate = estimate_of(account=request.account, spec=spec)
    except TransientError as error:
        return {"missing": error.message}
    if not estimate.rows:
        return {"nothing": why_nothing(catalogue=form.catalogue, spec=spec)}
    return {"estimate": estimate, "spec": spec}


def previewed(request: AccountRequest, form: ExportForm) -> dict[str, Any]:
    """What `_export_preview.html` shows."""
    # Here, not above: it loads the engine, which no other page needs.
    from exports.preview import export_preview as preview_of  # noqa: PLC0415

    spec = form.draft()
    if spec is None:
        return {"preview_trouble": {"message": form.missing()}}
    try:
        return {"preview": preview_of(account=request.account, spec=spec), "spec": spec}
    except PartnersError as error:
        return {"preview_trouble": error}
