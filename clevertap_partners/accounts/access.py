"""The one gate: sign-in, tenancy by URL, role, feature. Every view below /<account_id>/ has it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account, Membership, Role
from clevertap_partners.accounts.services import visit_record
from clevertap_partners.core.address import address_of
from clevertap_partners.core.translated import translated

P = ParamSpec("P")


class AccountRequest(HttpRequest):
    """A request that has passed the gate."""

    user: User
    account: Account
    role: Role
    htmx: HtmxDetails


def ip_of(request: HttpRequest) -> str | None:
    """Where a request came from, for the audit log."""
    return address_of(request)


AccountView = Callable[Concatenate[AccountRequest, P], HttpResponseBase]


def account_view(
    *, role: Role = Role.VIEWER, write_role: Role = Role.MEMBER, feature: Feature | None = None
) -> Callable[[AccountView[P]], Callable[..., HttpResponseBase]]:
    """Let in members of the URL's account only.

    Reading (GET, HEAD) needs `role`, anything else needs `write_role`. An account that the person
    does not belong to is 404, as if it did not exist; a role or feature that is missing is 403.
    """

    def decorate(view: AccountView[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @functools.wraps(view)
        def gated(
            request: Any, account_id: int, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            enter(request, account_id)
            needed = role if request.method in {"GET", "HEAD"} else max_role(role, write_role)
            require(request, needed=needed, feature=feature)
            return view(request, *args, **kwargs)

        gated.required_role = role  # type: ignore[attr-defined]  # read by the test of every route
        return gated

    return decorate


def max_role(first: Role, second: Role) -> Role:
    return first if first.covers(second) else second


def enter(request: AccountRequest, account_id: int) -> None:
    """Put account and role on the request. Raises Http404 for anybody who is not a member."""
    membership = (
        Membership.objects.select_related("account")
        # Not `account_id=`, which a number of too many digits would break.
        .filter(user=request.user, account__account_id=account_id)
        .first()
    )
    if membership is None:
        raise Http404("No such account.")
    request.account = membership.account
    request.role = Role(membership.role)
    visit_record(membership=membership)


def require(request: AccountRequest, *, needed: Role, feature: Feature | None) -> None:
    if not request.role.covers(needed):
        text = _("This needs the {needed} role; yours is {yours}. An account admin can change it.")
        raise PermissionDenied(text.format(needed=needed.label, yours=request.role.label))
    if feature is not None and not feature.is_on(request.account):
        raise PermissionDenied(translated(feature.missing_message))
