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
from clevertap_partners.core.finding import chips_of, found_in, kept_params
from clevertap_partners.core.live import State, rows_seen
from clevertap_partners.core.paging import KeyPaginator, page_number, page_size
from clevertap_partners.core.sorting import headings, sorting_of
from imports import live, selectors, showing
from imports.filters import COLUMNS, ImportFilterForm
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
    pages = pages_of(request, chosen, filters)
    page = pages.get_page(chosen.get("page"))
    chips, url = chips_of(filters, chosen, list_url(request)), list_url(request)
    whole = Import.objects.filter(account=request.account)
    return {
        **rows_context(request, chosen, page.object_list, page.number, filters),
        "page": page,
        "per_page": page.paginator.per_page,
        "filters": filters,
        "kept": kept_params(chosen),
        "found": found_in(whole, count=pages.count, chips=chips, url=url),
        "is_filtered": bool(chips),
    }


def live_context(request: AccountRequest, chosen: QueryDict) -> dict[str, Any]:
    """The rows of the same page again. Nothing is counted: the list does not ask how long it is."""
    filters = ImportFilterForm(chosen, account=request.account)
    pages = pages_of(request, chosen, filters)
    number = page_number(chosen.get("page"))
    first = (number - 1) * pages.per_page
    items = pages.rows_of(list(pages.object_list[first : first + pages.per_page]))
    return {
        **rows_context(request, chosen, items, number, filters),
        "gone": gone_states(request, items),
    }


def gone_states(request: AccountRequest, items: Iterable[Import]) -> dict[int, State]:
    """Of imports that have left the list since it was asked for, by key."""
    seen = rows_seen(request, (one.pk for one in items))
    if not seen:
        return {}
    gone = list(selectors.import_rows(account=request.account).filter(pk__in=seen))
    return live.states_of(gone, selectors.open_runs(gone))


def pages_of(request: AccountRequest, chosen: QueryDict, filters: ImportFilterForm) -> KeyPaginator:
    found = filters.narrow(Import.objects.filter(account=request.account))
    return KeyPaginator(
        found.order_by(*sorting_of(COLUMNS, chosen.get("sort")).order()),
        selectors.import_rows(account=request.account).defer(*selectors.HEAVY),
        page_size(chosen.get("per_page")),
    )


def rows_context(
    request: AccountRequest,
    chosen: QueryDict,
    items: Iterable[Import],
    number: int,
    filters: ImportFilterForm,
) -> dict[str, Any]:
    """The table itself, and where it asks for itself again."""
    sorting = sorting_of(COLUMNS, chosen.get("sort"))
    again = chosen.copy()
    again["page"] = str(number)
    rows_url = reverse("import_rows", args=[request.account.account_id])
    rows = row_context(request, items)
    return {
        **rows,
        # What gets another status leaves such a list, and comes into it.
        "is_live": bool(filters.cleaned_data.get("status")) or rows["is_live"],
        "list_url": list_url(request),
        "is_first_page": number == 1,
        "items": items,
        "headings": headings(COLUMNS, sorting, chosen, list_url(request)),
        "rows_url": f"{rows_url}?{again.urlencode()}",
    }


def row_context(request: AccountRequest, items: Iterable[Import]) -> dict[str, Any]:
    """What is shown of imports beside themselves: the runs under way, the next ones, health."""
    zone = request.account.zone
    runs = selectors.open_runs(items)
    return {
        "zone": zone,
        "open_runs": runs,
        "progress": showing.progress_of_all(runs),
        "states": live.states_of(items, runs),
        "next_runs": {one.pk: showing.next_run(one, zone, runs.get(one.pk)) for one in items},
        "without_success": {one.pk: selectors.run_without_success(one) for one in items},
        "healths": {one.pk: selectors.health_of(one) for one in items},
        # A run that was under way when somebody paused its import comes to its end.
        "is_live": bool(runs) or any(one.status in Import.ACTIVE for one in items),
        "is_busy": any(is_busy(one, runs.get(one.pk)) for one in items),
        "live_tag": live.tag_of(items, runs),
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
