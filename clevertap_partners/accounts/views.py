"""Where a person starts, and the activity of an account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clevertap_partners.accounts import selectors
from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.forms import AuditFilterForm
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.paging import page_of


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the account that the person visited last, or a kind word when there is none."""
    memberships = selectors.membership_list(user=request.user)
    if not memberships:
        return render(request, "accounts/no_account.html")
    return redirect("partner_list", memberships[0].account_id)


@account_view()
def account(request: AccountRequest) -> HttpResponse:
    """The bare number of an account leads to its first screen."""
    return redirect("partner_list", request.account.account_id)


@account_view(role=Role.ADMIN)
def activity(request: AccountRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET, account=request.account)
    filters = form.cleaned_data if form.is_valid() else {}
    entries = selectors.audit_list(account=request.account, **filters)
    context = {
        "form": form,
        "page": page_of(entries, request.GET),
        "filtered": any(filters.values()) or not form.is_valid(),
    }
    with timezone.override(request.account.zone):
        return render(request, "accounts/activity.html", context)
