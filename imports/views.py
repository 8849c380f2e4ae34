"""The screens of imports: the list, an import with its tabs, one of its runs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.features import Feature
from clevertap_partners.core.drawer import is_fragment, render_drawer
from clevertap_partners.core.live import is_unchanged
from imports import detail
from imports.live import title_of
from imports.models import Import
from imports.screens import (
    detail_url,
    find,
    find_run,
    list_context,
    list_url,
    live_context,
    row_context,
    run_context,
)

FEATURE = Feature.BIGQUERY_IMPORT


@account_view(feature=FEATURE)
@require_safe
def import_list(request: AccountRequest) -> HttpResponse:
    return render(request, "imports/import_list.html", list_context(request, request.GET))


@account_view(feature=FEATURE)
@require_safe
def import_rows(request: AccountRequest) -> HttpResponse:
    """The live part of the list; asked for again and again while an import is active."""
    context = live_context(request, request.GET)
    if is_unchanged(request, context["live_tag"]):
        return HttpResponseNotModified()
    return render(request, "imports/_import_rows.html", context)


@account_view(feature=FEATURE)
@require_safe
def import_detail(request: AccountRequest, import_id: int) -> HttpResponse:
    item = find(request, import_id)
    rows = row_context(request, [item])
    if is_fragment(request) and is_unchanged(request, rows["live_tag"]):
        return HttpResponseNotModified()
    context = detail_context(request, item, detail.tab_named(request.GET.get("tab")), rows)
    template = "_import_detail_body.html" if is_fragment(request) else "import_detail.html"
    return render(request, f"imports/{template}", context)


@account_view(feature=FEATURE)
@require_safe
def import_run_detail(request: AccountRequest, import_id: int, number: int) -> HttpResponse:
    """One run at the right side of the import's runs."""
    run = find_run(request, import_id, number)
    item = run.parent
    rows = {} if is_fragment(request) else row_context(request, [item])
    below = detail_context(request, item, detail.RUNS, rows) if rows else {}
    return render_drawer(
        request,
        "imports/import_run_drawer.html",
        {
            **below,
            **run_context(request, run),
            "item": item,
            "drawer_close_url": f"{detail_url(item)}?tab=runs",
        },
        page_template="imports/import_detail.html",
    )


def detail_context(
    request: AccountRequest, item: Import, tab: detail.Tab, rows: dict[str, Any]
) -> dict[str, Any]:
    return {
        **rows,
        **tab.context(request, item),
        "item": item,
        "title": title_of(item, rows["progress"].get(item.pk)),
        "no_success": detail.no_success(item),
        "tab": tab.key,
        "tabs": detail.TABS,
        "list_url": list_url(request),
        # A tab in which somebody reads and searches stays as it is.
        "is_live": rows["is_live"] and tab != detail.FAILED,
    }
