"""What the wizard has besides its steps: taking up a draft, discarding it, leaving a change."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clevertap_partners.accounts.access import AccountRequest, account_view, ip_of
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, render_drawer
from imports import drafts
from imports.models import Import
from imports.screens import page_context
from imports.wizard import (
    STEPS,
    detail_url,
    find_work,
    frame_context,
    list_url,
    overtaken,
    step_url,
)
from imports.wizard_finish import finish, has_read

FEATURE = Feature.BIGQUERY_IMPORT
LABELS = {
    "nickname": _("Nickname"),
    "connection": _("Connection"),
    "source": _("What to read"),
    "table": _("Table"),
    "sql": _("SQL"),
    "kind": _("Kind of data"),
    "mapping": _("Mapping"),
    "frequency": _("How often"),
    "schedule": _("Schedule"),
}


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_GET
def import_continue(request: AccountRequest, import_id: int) -> HttpResponse:
    """Take up a draft where it was left."""
    work = find_work(request, import_id, is_edit=False)
    if work.item.status != Import.Status.DRAFT:
        return HttpResponseRedirect(detail_url(request, work.item))
    return HttpResponseRedirect(step_url(work, work.reached))


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_http_methods(["GET", "HEAD", "POST"])
def import_discard(request: AccountRequest, import_id: int) -> HttpResponse:
    """Ask, then delete the draft."""
    work = find_work(request, import_id, is_edit=False)
    if work.item.status != Import.Status.DRAFT:
        return overtaken(request, work.item)
    if request.method == "POST":
        drafts.draft_discard(item=work.item, actor=request.user, ip=ip_of(request))
        text = gettext("The draft “{item}” is discarded.")
        messages.success(request, text.format(item=work.item))
        return drawer_saved(request, list_url(request))
    context = {
        **page_context(request),
        "item": work.item,
        "drawer_close_url": step_url(work, work.reached),
    }
    drawer = "imports/wizard/discard_drawer.html"
    return render_drawer(request, drawer, context, page_template="imports/import_list.html")


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_POST
def import_edit_cancel(request: AccountRequest, import_id: int) -> HttpResponse:
    """Drop a change that was not saved."""
    work = find_work(request, import_id, is_edit=True)
    work.forget()
    return HttpResponseRedirect(detail_url(request, work.item))


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_http_methods(["GET", "HEAD", "POST"])
def import_edit_confirm(request: AccountRequest, import_id: int) -> HttpResponse:
    """What a change means that makes the next run read everything, before it is saved."""
    work = find_work(request, import_id, is_edit=True)
    if not work.changed:
        return HttpResponseRedirect(detail_url(request, work.item))
    if request.method == "POST":
        if work.is_overtaken:
            work.catch_up()
        return finish(work, is_confirmed=True)
    context = {
        **frame_context(request, list(STEPS)[-1], work),
        "changed": [LABELS[name] for name in work.changed if name in LABELS],
        "reads_anew": work.reads_anew and has_read(work.item),
        "is_overtaken": work.is_overtaken,
        "back_url": step_url(work, "schedule"),
    }
    return render(request, "imports/wizard/confirm.html", context)
