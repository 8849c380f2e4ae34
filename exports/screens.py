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
from clevertap_partners.core.paging import page_of
from exports import showing
from exports.filters import ExportFilterForm
from exports.models import Export, ExportRun
from integrations.selectors import PartnerCard, exporting_partner, partner_cards


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
    exports = filters.narrow(showing.export_rows(account=request.account))
    page = page_of(exports, chosen)
    return {
        **row_context(request, page),
        "page": page,
        "per_page": page.paginator.per_page,
        "filters": filters,
        "is_filtered": any(chosen.get(name) for name in filters.fields),
        "is_live": any(export.is_open for export in page),
        "partners": [
            card.partner for card in partner_cards(account=request.account) if card.can_export
        ],
    }


def row_context(request: AccountRequest, exports: Iterable[Export]) -> dict[str, Any]:
    """What is shown of exports beside themselves: the runs under way and the next ones."""
    zone = request.account.zone
    runs = showing.open_runs(exports)
    return {
        "zone": zone,
        "open_runs": runs,
        "next_runs": {one.pk: showing.next_run(one, zone, runs.get(one.pk)) for one in exports},
        "is_busy": any(is_busy(export, runs.get(export.pk)) for export in exports),
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
