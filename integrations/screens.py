"""What the screens of this app are filled with; used by `views.py` and `connection_views.py`."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clevertap_partners.accounts.access import AccountRequest
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import render_drawer
from clevertap_partners.core.translated import translated
from integrations import selectors, testing
from integrations.forms import Blocks, ConnectionForm, failed_block, typed_block
from integrations.guiding import known_of
from integrations.models import Connection, CredentialTest
from integrations.partners.base import Partner
from integrations.partners.registry import get_partner

PAGE = "integrations/partner_list.html"
DRAWER = "integrations/partner_drawer.html"


def open_partner(request: AccountRequest, key: str) -> Partner:
    """The partner, if the account's plan has it; else 403, on every URL behind the card."""
    partner = get_partner(key)
    if not partner.feature.is_on(request.account):
        raise PermissionDenied(translated(partner.feature.missing_message))
    return partner


def find_connection(request: AccountRequest, connection_id: int) -> tuple[Connection, Partner]:
    found = selectors.connection_list(account=request.account).select_related("account")
    connection = get_object_or_404(found, pk=connection_id)
    return connection, open_partner(request, connection.partner)


def partner_url(request: AccountRequest, partner: Partner) -> str:
    return reverse(partner.url_name, args=[request.account.pk])


def list_url(request: AccountRequest) -> str:
    return reverse("partner_list", args=[request.account.pk])


def ip_of(request: AccountRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


def start_tests(request: AccountRequest, wishes: list[testing.Wish]) -> uuid.UUID:
    return testing.connection_test_start(
        account=request.account, wishes=wishes, actor=request.user, ip=ip_of(request)
    )


def to_tests(request: AccountRequest, batch: uuid.UUID) -> HttpResponse:
    """Go on to the page of the tests; htmx follows and swaps what it shows into the drawer."""
    return HttpResponseRedirect(reverse("connection_tests", args=[request.account.pk, batch]))


def list_context(request: AccountRequest) -> dict[str, Any]:
    search = request.GET.get("q", "").strip()[:100]
    return {
        "search": search,
        "cards": selectors.partner_cards(account=request.account, search=search),
        "may_change": request.role.covers(Role.MEMBER),
    }


def drawer(
    request: AccountRequest,
    partner: Partner,
    *,
    blocks: Blocks | None = None,
    tests: list[CredentialTest] | None = None,
) -> HttpResponse:
    """The partner's drawer: saved connections, tests under way, blocks to fill in, the guide."""
    blocks, tests = blocks or [], tests or []
    numbers = [*(block.number for block in blocks), *(test.position for test in tests)]
    context = list_context(request) | drawer_context(request, partner)
    context |= {"blocks": blocks, "known": known_of(partner, blocks, context["connections"])}
    context |= next_block(request, partner, max(numbers, default=-1) + 1)
    context["has_form"] = bool(blocks) or partner.max_blocks > 1
    if tests:
        context |= tests_context(request, partner, tests, beside=bool(blocks))
        context["has_form"] |= any(block for _, block in context["results"])
    return render_drawer(request, DRAWER, context, page_template=PAGE)


def drawer_context(request: AccountRequest, partner: Partner) -> dict[str, Any]:
    account = request.account
    return {
        "partner": partner,
        "connections": selectors.connection_list(account=account, partner=partner.key),
        "save_url": partner_url(request, partner),
        "egress_ranges": settings.EGRESS_IP_RANGES.get(account.region, []),
        "drawer_close_url": list_url(request),
        "guide_url": "",  # the guide is on the same screen
    }


def next_block(request: AccountRequest, partner: Partner, number: int) -> dict[str, Any]:
    """What the link that adds a block needs."""
    return {
        "next_number": number,
        "may_add": number < partner.max_blocks,
        "add_url": partner_url(request, partner),
    }


def tests_context(
    request: AccountRequest, partner: Partner, tests: list[CredentialTest], *, beside: bool
) -> dict[str, Any]:
    """`beside`: blocks that are being mended are on the same screen and must stay."""
    running = not all(test.is_finished for test in tests)
    # While the screen still changes by itself, nothing is on it that somebody could be typing in.
    mend = [None if running else block_to_mend(partner, test) for test in tests]
    batch_url = reverse("connection_tests", args=[request.account.pk, tests[0].batch])
    return {
        "partner": partner,
        "may_change": request.role.covers(Role.MEMBER),
        "running": running,
        "results": list(zip(tests, mend, strict=True)),
        "poll_url": batch_url + ("?panel=1&beside=1" if beside else "?panel=1"),
        "tests_url": batch_url,
        "beside": beside,
    }


def one_test_context(
    request: AccountRequest, partner: Partner, test: CredentialTest
) -> dict[str, Any]:
    return {**tests_context(request, partner, [test], beside=False), "test": test}


def block_to_mend(partner: Partner, test: CredentialTest) -> ConnectionForm | None:
    """The block to send again, for a connection that is not saved."""
    if test.purpose == CredentialTest.Purpose.TRY:
        return typed_block(partner, test)
    is_new = test.purpose == CredentialTest.Purpose.ADD
    failed = test.status == CredentialTest.Status.FAILED
    return failed_block(partner, test) if is_new and failed else None


def side_drawer(
    request: AccountRequest, partner: Partner, name: str, context: dict[str, Any]
) -> HttpResponse:
    """A drawer about one connection; it closes to the list of its siblings."""
    above = partner_url(request, partner)
    frame = {"partner": partner, "drawer_close_url": above, "guide_url": above}
    return render_drawer(
        request,
        f"integrations/connection_{name}_drawer.html",
        list_context(request) | frame | context,
        page_template=PAGE,
    )
