"""What the screens of exports share: the list below a drawer, where it closes to."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clevertap_partners.accounts.access import AccountRequest
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import is_fragment
from clevertap_partners.core.paging import page_of
from exports import selectors
from exports.filters import ExportFilterForm
from exports.models import Export
from integrations.selectors import partner_cards


def find(request: AccountRequest, request_id: int) -> Export:
    return get_object_or_404(selectors.export_list(account=request.account), request_id=request_id)


def ip_of(request: AccountRequest) -> str | None:
    return request.META.get("REMOTE_ADDR")


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
    exports = filters.narrow(selectors.export_list(account=request.account))
    page = page_of(exports, chosen)
    return {
        "page": page,
        "per_page": page.paginator.per_page,
        "filters": filters,
        "is_filtered": any(chosen.get(name) for name in filters.fields),
        "is_live": any(export.is_open for export in page),
        "partners": [card.partner for card in partner_cards(account=request.account) if card.is_on],
        "may_export": request.role.covers(Role.MEMBER),
    }
