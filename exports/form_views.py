"""The form of a new export: what it would hold, how that looks, and sending it off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from clevertap_partners.accounts.access import AccountRequest, account_view, ip_of
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, render_drawer
from exports import services
from exports.edit_form import ExportEditForm
from exports.foresight import estimated, previewed
from exports.forms import ExportForm
from exports.screens import find, list_url, page_context, require_partner
from integrations.selectors import PartnerCard


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request: AccountRequest) -> HttpResponse:
    card = require_partner(request, request.GET.get("partner"))
    form = sent_form(request, card)
    if "estimate" in request.POST or "preview" in request.POST:
        return draft_drawer(request, card, form)
    if request.method == "POST" and form.is_valid() and created(request, form):
        text = gettext("{partner} export has initiated")
        messages.success(request, text.format(partner=card.partner.short_label))
        return drawer_saved(request, list_url(request))
    return form_drawer(request, card, form)


@account_view(role=Role.MEMBER)
@require_POST
def export_estimate(request: AccountRequest) -> HttpResponse:
    """How much the form would export as it stands; asked for at every change of it."""
    _, form = asked_form(request)
    return render(request, "exports/_export_estimate.html", estimated(request.account, form))


@account_view(role=Role.MEMBER)
@require_POST
def export_preview(request: AccountRequest) -> HttpResponse:
    """The first rows that the form would export as it stands."""
    card, form = asked_form(request)
    context = {"ask": request.GET.urlencode(), **previewed(request.account, form)}
    return render(request, "exports/_export_preview.html", {"partner": card.partner, **context})


def asked_form(request: AccountRequest) -> tuple[PartnerCard, ExportForm]:
    """The form that asks: that of a new export, or of the one that the address names."""
    edited = request.GET.get("export", "")
    if not (edited.isascii() and edited.isdigit() and len(edited) < 20):
        card = require_partner(request, request.GET.get("partner"))
        return card, sent_form(request, card)
    export = find(request, int(edited))
    card = require_partner(request, export.partner)
    return card, ExportEditForm(request.POST, export=export)


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
    except services.ProfilesUnderWay as error:
        form.refuse(error)
        return False
    return True


def form_drawer(
    request: AccountRequest, card: PartnerCard, form: ExportForm, **more: Any
) -> HttpResponse:
    return render_drawer(
        request,
        "exports/export_new_drawer.html",
        {
            **page_context(request),
            "form": form,
            "partner": card.partner,
            "ask": f"partner={card.key}",
            **more,
        },
        page_template="exports/export_list.html",
    )


def draft_drawer(request: AccountRequest, card: PartnerCard, form: ExportForm) -> HttpResponse:
    """The form as it was filled in, without blame for what is missing, and what was asked of it.

    For browsers that run no scripts.
    """
    answer = estimated(request.account, form)
    if "preview" in request.POST:
        answer |= previewed(request.account, form)
    draft = ExportForm(initial=form.as_chosen(), account=request.account, partner=card.key)
    return form_drawer(request, card, draft, **answer)
