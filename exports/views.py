"""The screens of exports: list, form, detail, stop, try again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view, require
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, is_fragment, render_drawer
from clevertap_partners.core.paging import page_of
from exports import selectors, services
from exports.forms import ExportFilterForm, ExportForm
from exports.models import Export
from integrations.selectors import exporting_partner, partner_cards

FILES_PAGE = 50
TABS = ("overview", "runs", "files")


@account_view()
@require_safe
def export_list(request: AccountRequest) -> HttpResponse:
    return render(request, "exports/export_list.html", list_context(request))


@account_view()
@require_safe
def export_rows(request: AccountRequest) -> HttpResponse:
    """The live part of the list; asked for again and again while an export is open."""
    return render(request, "exports/_export_rows.html", list_context(request))


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request: AccountRequest) -> HttpResponse:
    card = exporting_partner(account=request.account, key=request.GET.get("partner"))
    if card is None:
        raise Http404("No such partner.")
    require(request, needed=Role.MEMBER, feature=card.partner.feature)
    form = ExportForm(request.POST or None, account=request.account, partner=card.key)
    if request.method == "POST" and form.is_valid():
        services.export_create(
            account=request.account,
            connection=form.cleaned_data["bucket"],
            spec=form.spec,
            actor=request.user,
            ip=request.META.get("REMOTE_ADDR"),
        )
        messages.success(request, f"{card.partner.short_label} export has initiated")
        return drawer_saved(request, list_url(request))
    return render_drawer(
        request,
        "exports/export_new_drawer.html",
        {**page_context(request), "form": form, "partner": card.partner},
        page_template="exports/export_list.html",
    )


@account_view()
@require_safe
def export_detail(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    tab = request.GET.get("tab", "overview")
    context = {
        "export": export,
        "tab": tab if tab in TABS else "overview",
        "runs": selectors.runs_with_totals(export),
        "files": files_page(request, export),
        "events": selectors.event_totals(export),
        "list_url": list_url(request),
    }
    template = "_export_detail_body.html" if is_fragment(request) else "export_detail.html"
    return render(request, f"exports/{template}", context)


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def export_stop(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    if request.method == "POST":
        stopped = services.export_stop(
            export=export, actor=request.user, ip=request.META.get("REMOTE_ADDR")
        )
        if stopped:
            messages.success(request, "Data export stopped")
        else:
            messages.info(request, f"Export {export} had ended already; nothing was changed.")
        return drawer_saved(request, list_url(request))
    return render_drawer(
        request,
        "exports/export_stop_drawer.html",
        {**page_context(request), "export": export},
        page_template="exports/export_list.html",
    )


@account_view(role=Role.MEMBER)
@require_POST
def export_retry(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    if services.export_retry(export=export, actor=request.user, ip=request.META.get("REMOTE_ADDR")):
        messages.success(request, f"Export {export} is tried again now.")
    else:
        messages.info(request, f"Export {export} had ended already; nothing was changed.")
    return redirect("export_detail", request.account.account_id, request_id)


def find(request: AccountRequest, request_id: int) -> Export:
    return get_object_or_404(selectors.export_list(account=request.account), request_id=request_id)


def list_url(request: AccountRequest) -> str:
    return reverse("export_list", args=[request.account.account_id])


def page_context(request: AccountRequest) -> dict[str, Any]:
    """The list below an open drawer; a drawer that comes alone does without it."""
    below = {} if is_fragment(request) else list_context(request)
    return {**below, "drawer_close_url": list_url(request)}


def list_context(request: AccountRequest) -> dict[str, Any]:
    filters = ExportFilterForm(request.GET, account=request.account)
    exports = filters.narrow(selectors.export_list(account=request.account))
    page = page_of(exports, request.GET)
    return {
        "page": page,
        "per_page": page.paginator.per_page,
        "filters": filters,
        "is_filtered": any(request.GET.get(name) for name in filters.fields),
        "is_live": any(export.is_open for export in page),
        "partners": [card.partner for card in partner_cards(account=request.account) if card.is_on],
        "may_export": request.role.covers(Role.MEMBER),
    }


def files_page(request: AccountRequest, export: Export) -> Any:
    files = selectors.files_found(export=export, text=request.GET.get("q", ""))
    return Paginator(files, FILES_PAGE).get_page(request.GET.get("page"))
