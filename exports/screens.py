"""What the screens of exports share: the list below a drawer, where it closes to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from clevertap_partners.accounts.access import AccountRequest, require
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import is_fragment
from clevertap_partners.core.finding import chips_of, found_in, kept_params
from clevertap_partners.core.live import State, rows_seen
from clevertap_partners.core.paging import KeyPaginator, page_number, page_size
from clevertap_partners.core.sorting import headings, sorting_of
from exports import live, showing
from exports.filters import COLUMNS, ExportFilterForm
from exports.models import Export, ExportRun
from exports.progress import progress_of_all
from integrations.selectors import PartnerCard, exporting_partner


def find(request: AccountRequest, request_id: int) -> Export:
    return get_object_or_404(showing.export_rows(account=request.account), request_id=request_id)


def list_url(request: AccountRequest) -> str:
    return reverse("export_list", args=[request.account.account_id])


def page_context(request: AccountRequest) -> dict[str, Any]:
    """The list below an open drawer; a drawer that comes alone does without it."""
    # The parameters are the drawer's own: the list below is the whole one.
    below = {} if is_fragment(request) else list_context(request, QueryDict())
    return {**below, "drawer_close_url": list_url(request)}


def list_context(request: AccountRequest, chosen: QueryDict) -> dict[str, Any]:
    """The list, narrowed to what was chosen."""
    filters = ExportFilterForm(chosen, account=request.account)
    pages = pages_of(request, chosen, filters)
    page = pages.get_page(chosen.get("page"))
    chips, url = chips_of(filters, chosen, list_url(request)), list_url(request)
    whole = Export.objects.filter(account=request.account)
    return {
        **rows_context(request, chosen, page.object_list, page.number, filters),
        "page": page,
        "per_page": page.paginator.per_page,
        "filters": filters,
        "kept": kept_params(chosen),
        "found": found_in(whole, count=pages.count, chips=chips, url=url),
        "is_filtered": bool(chips),
        "partners": [card.partner for card in filters.cards if card.can_export],
    }


def live_context(request: AccountRequest, chosen: QueryDict) -> dict[str, Any]:
    """The rows of the same page again. Nothing is counted: the list does not ask how long it is."""
    filters = ExportFilterForm(chosen, account=request.account, with_people=False)
    pages = pages_of(request, chosen, filters)
    number = page_number(chosen.get("page"))
    first = (number - 1) * pages.per_page
    exports = pages.rows_of(list(pages.object_list[first : first + pages.per_page]))
    return {
        **rows_context(request, chosen, exports, number, filters),
        "gone": gone_states(request, exports),
    }


def gone_states(request: AccountRequest, exports: Iterable[Export]) -> dict[int, State]:
    """Of exports that have left the list since it was asked for, by request id."""
    seen = rows_seen(request, (one.request_id for one in exports))
    if not seen:
        return {}
    gone = list(showing.export_rows(account=request.account).filter(request_id__in=seen))
    states = live.states_of(gone, showing.open_runs(gone))
    return {one.request_id: states[one.pk] for one in gone}


def pages_of(request: AccountRequest, chosen: QueryDict, filters: ExportFilterForm) -> KeyPaginator:
    found = filters.narrow(Export.objects.filter(account=request.account))
    return KeyPaginator(
        found.order_by(*sorting_of(COLUMNS, chosen.get("sort")).order()),
        showing.export_rows(account=request.account),
        page_size(chosen.get("per_page")),
        key="request_id",
    )


def rows_context(
    request: AccountRequest,
    chosen: QueryDict,
    exports: Iterable[Export],
    number: int,
    filters: ExportFilterForm,
) -> dict[str, Any]:
    """The table itself, and where it asks for itself again."""
    sorting = sorting_of(COLUMNS, chosen.get("sort"))
    again = chosen.copy()
    again["page"] = str(number)
    rows_url = reverse("export_rows", args=[request.account.account_id])
    return {
        **row_context(request, exports),
        "exports": exports,
        "headings": headings(COLUMNS, sorting, chosen, list_url(request)),
        "rows_url": f"{rows_url}?{again.urlencode()}",
        # What gets another status leaves such a list, and comes into it.
        "is_live": bool(filters.cleaned_data.get("status")) or any(one.is_open for one in exports),
        "list_url": list_url(request),
        "is_first_page": number == 1,
    }


def row_context(request: AccountRequest, exports: Iterable[Export]) -> dict[str, Any]:
    """What is shown of exports beside themselves: the runs under way and the next ones."""
    zone = request.account.zone
    runs = showing.open_runs(exports)
    return {
        "zone": zone,
        "open_runs": runs,
        "progress": progress_of_all({**runs, **showing.stopped_runs(exports)}),
        "states": live.states_of(exports, runs),
        "next_runs": {one.pk: showing.next_run(one, zone, runs.get(one.pk)) for one in exports},
        "is_busy": any(is_busy(export, runs.get(export.pk)) for export in exports),
        "live_tag": live.tag_of(exports, runs),
        "may_export": request.role.covers(Role.MEMBER),
    }


def is_busy(export: Export, under_way: ExportRun | None) -> bool:
    """Whether it is worth looking often: not while a recurring export waits for its time."""
    waits = export.next_run_at is not None and export.next_run_at > timezone.now()
    return export.is_open and (under_way is not None or not waits)


def require_partner(request: AccountRequest, key: str | None) -> PartnerCard:
    """The partner that data is sent to. Raises Http404 or PermissionDenied."""
    card = exporting_partner(account=request.account, key=key)
    if card is None:
        raise Http404("No such partner.")
    require(request, needed=Role.MEMBER, feature=card.partner.feature)
    return card
