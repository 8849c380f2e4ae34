"""The connections that data is imported through, whoever the partner is."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.paging import page_of
from clevertap_partners.core.translated import translated
from integrations import dependants, selectors
from integrations.import_connection_filters import ConnectionFilterForm


@account_view()
@require_safe
def import_connection_list(request: AccountRequest) -> HttpResponse:
    """Without the feature of any partner that gives data, it is refused, as behind the cards."""
    cards = selectors.importing_partners(account=request.account)
    if not any(card.is_on for card in cards):
        raise PermissionDenied(translated(cards[0].partner.feature.missing_message))
    form = ConnectionFilterForm(request.GET, account=request.account)
    found = form.narrow(selectors.connections_that_import(account=request.account))
    page = page_of(found, request.GET)
    users = dependants.counts(list(page))
    context = {
        "filters": form,
        "is_filtered": form.is_filtered,
        "page": page,
        "per_page": page.paginator.per_page,
        "rows": [(each, users.get(each.pk, 0)) for each in page],
        "partners": [card.partner for card in cards if card.is_on],
        "may_change": request.role.covers(Role.MEMBER),
    }
    with timezone.override(request.account.zone):
        return render(request, "integrations/import_connection_list.html", context)
