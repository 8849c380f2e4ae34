"""The screens of exports: list, detail, run now, stop, try again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view, ip_of
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, is_fragment, render_drawer
from clevertap_partners.core.live import is_unchanged
from exports import detail, selectors, services, showing
from exports.live import title_of
from exports.models import Export, ExportRun
from exports.restarts import run_restart
from exports.screens import (
    find,
    list_context,
    list_url,
    live_context,
    page_context,
    require_partner,
    row_context,
)


@account_view()
@require_safe
def export_list(request: AccountRequest) -> HttpResponse:
    return render(request, "exports/export_list.html", list_context(request, request.GET))


@account_view()
@require_safe
def export_rows(request: AccountRequest) -> HttpResponse:
    """The live part of the list; asked for again and again while an export is open."""
    context = live_context(request, request.GET)
    if is_unchanged(request, context["live_tag"]):
        return HttpResponseNotModified()
    return render(request, "exports/_export_rows.html", context)


@account_view()
@require_safe
def export_detail(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    tab = request.GET.get("tab", "overview")
    tab = tab if tab in detail.TABS else "overview"
    rows = row_context(request, [export])
    if is_fragment(request) and is_unchanged(request, rows["live_tag"]):
        return HttpResponseNotModified()
    context = {
        **rows,
        **detail.TABS[tab](request, export),
        "export": export,
        "title": title_of(export, rows["progress"].get(export.pk)),
        "last_finished": selectors.last_finished(export),
        "tab": tab,
        "tabs": detail.tabs(),
        "list_url": list_url(request),
    }
    template = "_export_detail_body.html" if is_fragment(request) else "export_detail.html"
    return render(request, f"exports/{template}", context)


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def export_stop(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    if request.method == "POST":
        if services.export_stop(export=export, actor=request.user, ip=ip_of(request)):
            messages.success(request, _("Data export stopped"))
        else:
            messages.info(request, had_ended(export))
        return drawer_saved(request, list_url(request))
    return render_drawer(
        request,
        "exports/export_stop_drawer.html",
        {
            **page_context(request),
            "export": export,
            "run": showing.open_runs([export]).get(export.pk),
            "last_finished": selectors.last_finished(export),
        },
        page_template="exports/export_list.html",
    )


@account_view(role=Role.MEMBER)
@require_POST
def export_run_now(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    require_partner(request, export.partner)
    if services.export_run_now(export=export, actor=request.user, ip=ip_of(request)):
        text = _("Export {export} runs now, with all that has arrived so far.")
        messages.success(request, text.format(export=export))
    elif export.is_open and export.starts_at and export.starts_at > timezone.now():
        text = _("Export {export} has not started yet; to run it earlier, edit it.")
        messages.info(request, text.format(export=export))
    elif export.is_open:
        text = _("Export {export} is running already; nothing was changed.")
        messages.info(request, text.format(export=export))
    else:
        text = _("Export {export} has ended and never runs again.")
        messages.info(request, text.format(export=export))
    return redirect("export_detail", request.account.account_id, request_id)


@account_view(role=Role.MEMBER)
@require_POST
def export_restart(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    run = export.runs.filter(status=ExportRun.Status.RUNNING).first()
    if run and run_restart(run=run, actor=request.user, ip=ip_of(request)):
        messages.success(request, _("The run starts anew: its files get new names."))
    else:
        text = _("No run of {export} is in trouble; nothing was changed.")
        messages.info(request, text.format(export=export))
    return redirect("export_detail", request.account.account_id, request_id)


@account_view(role=Role.MEMBER)
@require_POST
def export_retry(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    if services.export_retry(export=export, actor=request.user, ip=ip_of(request)):
        text = _("Export {export} is tried again now.")
        messages.success(request, text.format(export=export))
    else:
        messages.info(request, had_ended(export))
    return redirect("export_detail", request.account.account_id, request_id)


def had_ended(export: Export) -> str:
    text = _("Export {export} had ended already; nothing was changed.")
    return text.format(export=export)
