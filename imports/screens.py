"""What the screens of imports share: the list below a drawer, where it closes to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from clevertap_partners.accounts.access import AccountRequest
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import is_fragment
from clevertap_partners.core.paging import page_of
from imports import selectors, showing
from imports.filters import ImportFilterForm
from imports.models import Import, ImportRun


def find(request: AccountRequest, import_id: int) -> Import:
    return get_object_or_404(selectors.import_rows(account=request.account), pk=import_id)


def find_run(request: AccountRequest, import_id: int, number: int) -> ImportRun:
    """A run of the import, with the import as `find` gives it."""
    item = find(request, import_id)
    run = get_object_or_404(selectors.with_progress(item.runs.all()), number=number)
    run.parent = item
    return run


def list_url(request: AccountRequest) -> str:
    return reverse("import_list", args=[request.account.account_id])


def detail_url(item: Import) -> str:
    return reverse("import_detail", args=[item.account_id, item.pk])


def page_context(request: AccountRequest) -> dict[str, Any]:
    """The list below an open drawer; a drawer that comes alone does without it."""
    # The parameters are the drawer's own: the list below is the whole one.
    below = {} if is_fragment(request) else list_context(request, QueryDict())
    return {**below, "drawer_close_url": list_url(request)}


def list_context(request: AccountRequest, chosen: QueryDict) -> dict[str, Any]:
    """The list, narrowed to what was chosen."""
    filters = ImportFilterForm(chosen, account=request.account)
    items = filters.narrow(selectors.import_rows(account=request.account).defer(*selectors.HEAVY))
    page = page_of(items, chosen)
    return {
        **row_context(request, page),
        "page": page,
        "per_page": page.paginator.per_page,
        "filters": filters,
        "is_filtered": any(chosen.get(name) for name in filters.fields),
    }


def row_context(request: AccountRequest, items: Iterable[Import]) -> dict[str, Any]:
    """What is shown of imports beside themselves: the runs under way, the next ones, health."""
    zone = request.account.zone
    runs = selectors.open_runs(items)
    return {
        "zone": zone,
        "open_runs": runs,
        "progress": showing.progress_of_all(runs),
        "next_runs": {one.pk: showing.next_run(one, zone, runs.get(one.pk)) for one in items},
        "without_success": {one.pk: selectors.run_without_success(one) for one in items},
        "healths": {one.pk: selectors.health_of(one) for one in items},
        # A run that was under way when somebody paused its import comes to its end.
        "is_live": bool(runs) or any(one.status in Import.ACTIVE for one in items),
        "is_busy": any(is_busy(one, runs.get(one.pk)) for one in items),
        "may_import": request.role.covers(Role.MEMBER),
    }


def is_busy(item: Import, under_way: ImportRun | None) -> bool:
    """Whether it is worth looking often: not while an import waits for its time, or for a hand."""
    is_due = item.next_run_at is not None and item.next_run_at <= timezone.now()
    return under_way is not None or (item.status in Import.ACTIVE and is_due)


def run_context(request: AccountRequest, run: ImportRun) -> dict[str, Any]:
    """One run, with its progress while it is open."""
    zone = request.account.zone
    return {
        "run": run,
        "zone": zone,
        "run_progress": showing.progress_of(run, timezone.now())
        if run.status in ImportRun.OPEN
        else None,
        "had_read_all": showing.had_read_all(run),
        "cursor_column": run.mapping.get("cursor_column", ""),
        "run_low": showing.cursor_text(run.low_us, zone),
        "run_high": showing.cursor_text(run.high_us, zone),
        "may_import": request.role.covers(Role.MEMBER),
    }
