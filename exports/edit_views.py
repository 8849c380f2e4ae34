"""The drawer that changes a recurring export."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clevertap_partners.accounts.access import AccountRequest, account_view, ip_of
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, render_drawer
from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.translated import translated
from exports import services, showing
from exports.edit_form import ExportEditForm
from exports.foresight import estimated, previewed
from exports.models import Export
from exports.screens import find, list_url, page_context, require_partner, row_context


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def export_edit(request: AccountRequest, request_id: int) -> HttpResponse:
    export = find(request, request_id)
    card = require_partner(request, export.partner)
    if not (export.is_recurring and export.is_open):
        return edit_drawer(request, export)
    form = ExportEditForm(request.POST or None, export=export)
    if "estimate" in request.POST or "preview" in request.POST:
        return draft_drawer(request, export, form)
    if form.is_valid():
        return edited(request, export, form)
    return edit_drawer(request, export, form=form, partner=card.partner)


def edited(request: AccountRequest, export: Export, form: ExportEditForm) -> HttpResponse:
    try:
        anew = services.export_edit(
            export=export,
            connection=form.cleaned_data["bucket"],
            spec=form.spec,
            actor=request.user,
            ip=ip_of(request),
        )
    except PermanentError as error:
        messages.warning(request, f"{translated(error.message)} {translated(error.fix)}".strip())
    else:
        text = _("Export {export} is changed. What you changed takes effect with the next run.")
        if anew:
            text = _(
                "Export {export} is changed. The run that could not go on starts anew with these "
                "settings."
            )
        messages.success(request, text.format(export=export))
    return drawer_saved(request, list_url(request))


def edit_drawer(request: AccountRequest, export: Export, **more: Any) -> HttpResponse:
    return render_drawer(
        request,
        "exports/export_edit_drawer.html",
        {
            **row_context(request, [export]),
            **page_context(request),
            "export": export,
            "run": showing.open_runs([export]).get(export.pk),
            "ask": f"export={export}",
            **more,
        },
        page_template="exports/export_list.html",
    )


def draft_drawer(request: AccountRequest, export: Export, form: ExportEditForm) -> HttpResponse:
    """As for a new export: for browsers that run no scripts."""
    card = require_partner(request, export.partner)
    answer = estimated(request.account, form)
    if "preview" in request.POST:
        answer |= previewed(request.account, form)
    draft = ExportEditForm(initial=form.as_chosen(), export=export)
    # It remains a change of what was seen first.
    draft.shown_version = request.POST.get("version", "")
    return edit_drawer(request, export, form=draft, partner=card.partner, **answer)
