"""What somebody does with an import: run it, hold it, stop it, delete it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clevertap_partners.accounts.access import AccountRequest, account_view, ip_of
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, render_drawer
from clevertap_partners.core.errors import PermanentError
from imports import selectors, services
from imports.models import Import
from imports.refusals import said
from imports.screens import detail_url, find, list_url, page_context

FEATURE = Feature.BIGQUERY_IMPORT


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_POST
def import_run_now(request: AccountRequest, import_id: int) -> HttpResponse:
    item = find(request, import_id)
    try:
        begun = services.import_run_now(item=item, actor=request.user, ip=ip_of(request))
    except PermanentError as error:
        messages.warning(request, said(error))
        return redirect(detail_url(item))
    if begun:
        messages.success(request, _("The import “{item}” runs now.").format(item=item))
    else:
        messages.info(
            request,
            _("A run of “{item}” is under way; another one follows it at once.").format(item=item),
        )
    return redirect(detail_url(item))


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_POST
def import_pause(request: AccountRequest, import_id: int) -> HttpResponse:
    item = find(request, import_id)
    if services.import_pause(item=item, actor=request.user, ip=ip_of(request)):
        messages.success(
            request,
            _("The import “{item}” is paused. A run under way is finished.").format(item=item),
        )
    else:
        messages.info(
            request, _("The import “{item}” was not active; nothing was changed.").format(item=item)
        )
    return redirect(detail_url(item))


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_POST
def import_resume(request: AccountRequest, import_id: int) -> HttpResponse:
    item = find(request, import_id)
    if services.import_resume(item=item, actor=request.user, ip=ip_of(request)):
        messages.success(request, _("The import “{item}” goes on.").format(item=item))
    else:
        messages.info(
            request, _("The import “{item}” was not paused; nothing was changed.").format(item=item)
        )
    return redirect(detail_url(item))


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_POST
def import_retry(request: AccountRequest, import_id: int) -> HttpResponse:
    item = find(request, import_id)
    if services.import_retry(item=item, actor=request.user, ip=ip_of(request)):
        messages.success(request, _("The import “{item}” is tried again now.").format(item=item))
    else:
        messages.info(
            request, _("No run of “{item}” is under way; nothing was changed.").format(item=item)
        )
    return redirect(detail_url(item))


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_http_methods(["GET", "HEAD", "POST"])
def import_stop(request: AccountRequest, import_id: int) -> HttpResponse:
    item = find(request, import_id)
    if request.method == "POST":
        if item.status == Import.Status.DRAFT:
            text = _(
                "“{item}” is a draft, and nothing of it runs. "
                "A draft is not stopped but deleted: nothing was changed."
            )
            messages.info(request, text.format(item=item))
        elif services.import_stop(item=item, actor=request.user, ip=ip_of(request)):
            messages.success(request, _("The import “{item}” is stopped.").format(item=item))
        else:
            messages.info(
                request,
                _("The import “{item}” had ended already; nothing was changed.").format(item=item),
            )
        return drawer_saved(request, list_url(request))
    return asked(request, item, "imports/import_stop_drawer.html")


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_http_methods(["GET", "HEAD", "POST"])
def import_delete(request: AccountRequest, import_id: int) -> HttpResponse:
    item = find(request, import_id)
    if request.method == "POST":
        services.import_delete(item=item, actor=request.user, ip=ip_of(request))
        messages.success(request, _("The import “{item}” is deleted.").format(item=item))
        return drawer_saved(request, list_url(request))
    return asked(request, item, "imports/import_delete_drawer.html")


def asked(request: AccountRequest, item: Import, template: str) -> HttpResponse:
    """The question, above the list."""
    run = selectors.open_runs([item]).get(item.pk)
    context = {**page_context(request), "item": item, "run": run}
    return render_drawer(request, template, context, page_template="imports/import_list.html")
