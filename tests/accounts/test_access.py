from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account, Role

GET, POST = "get", "post"


@account_view()
def plain(request: AccountRequest) -> HttpResponse:
    return HttpResponse(f"{request.account.account_id} {request.role}")


@account_view(role=Role.ADMIN, write_role=Role.VIEWER)
def for_admins(request: AccountRequest) -> HttpResponse:
    return HttpResponse("admins")


@account_view(feature=Feature.GOOGLE_CLOUD_EXPORT)
def featured(request: AccountRequest) -> HttpResponse:
    return HttpResponse("featured")


def call(view: Any, user: Any, method: str = GET, account_id: int = 100_000_000) -> HttpResponse:
    request = getattr(RequestFactory(), method)("/")
    request.user = user
    return view(request, account_id)


def test_it_puts_account_and_role_on_the_request(viewer: User) -> None:
    assert call(plain, viewer).content == b"100000000 viewer"


def test_it_leads_a_stranger_to_sign_in(db: None) -> None:
    assert call(plain, AnonymousUser()).url == "/login/?next=/"  # type: ignore[attr-defined]


def test_another_account_does_not_exist(viewer: User, other_account: Account) -> None:
    with pytest.raises(Http404):
        call(plain, viewer, account_id=200_000_000)


def test_a_superuser_is_no_member_either(account: Account) -> None:
    root = User.objects.create_superuser("root")
    with pytest.raises(Http404):
        call(plain, root)


@pytest.mark.parametrize("person", ["member", "admin_user_"])
def test_a_member_may_change_things(person: str, request: pytest.FixtureRequest) -> None:
    assert call(plain, request.getfixturevalue(person), POST).status_code == 200


def test_a_viewer_may_not_and_is_told_why(viewer: User) -> None:
    with pytest.raises(PermissionDenied, match="needs the Member role; yours is Viewer"):
        call(plain, viewer, POST)


def test_changing_never_needs_less_than_reading(member: User) -> None:
    with pytest.raises(PermissionDenied, match="needs the Admin role"):
        call(for_admins, member, POST)


@pytest.mark.parametrize("plan", list(Account.Plan))
def test_a_feature_follows_the_plan(plan: Account.Plan, account: Account, member: User) -> None:
    account.plan = plan
    account.save()
    if plan is Account.Plan.ESSENTIALS:
        with pytest.raises(PermissionDenied, match="Ask your account manager"):
            call(featured, member)
    else:
        assert call(featured, member).status_code == 200


def test_an_operator_may_override_the_plan(account: Account, member: User) -> None:
    account.plan = Account.Plan.ESSENTIALS
    account.google_cloud_export_override = True
    account.save()
    assert call(featured, member).status_code == 200


def test_an_account_number_beyond_any_number_does_not_exist(viewer: User) -> None:
    with pytest.raises(Http404):
        call(plain, viewer, account_id=10**30)
