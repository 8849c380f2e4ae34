"""Where a person starts."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clevertap_partners.accounts import selectors
from clevertap_partners.accounts.access import AccountRequest, account_view


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
