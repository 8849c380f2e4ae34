"""The partner list, and each partner's drawer: saved connections, new ones, their tests."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, is_fragment, render_drawer
from clevertap_partners.core.errors import PermanentError
from integrations import dependants, selectors, services, testing
from integrations.forms import (
    MAX_BLOCKS,
    Blocks,
    NicknameForm,
    blank_block,
    blank_blocks,
    error_in_words,
    failed_block,
    posted_blocks,
)
from integrations.models import Connection, CredentialTest
from integrations.partners.base import Partner
from integrations.partners.registry import get_partner

PAGE = "integrations/partner_list.html"
DRAWER = "integrations/partner_drawer.html"


@account_view()
@require_safe
def partner_list(request: AccountRequest) -> HttpResponse:
    return render(request, PAGE, list_context(request))


@account_view()
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def partner_drawer(request: AccountRequest, partner_key: str) -> HttpResponse:
    """The partner's connections; on POST, test the blocks and save what passes."""
    partner = open_partner(request, partner_key)
    if request.method == "POST":
        return blocks_posted(request, partner)
    if "add" in request.GET and is_fragment(request):
        return one_more_block(request, partner)
    blocks = blank_blocks(partner, request.account, wanted_blocks(request))
    return drawer(request, partner, blocks=blocks)


@account_view()
@require_safe
def connection_tests(request: AccountRequest, batch: uuid.UUID) -> HttpResponse:
    """How the tests of one press of a button are going; asks again by itself while they run."""
    tests = selectors.batch_tests(account=request.account, batch=batch)
    if not tests:
        raise Http404("No such tests.")
    partner = open_partner(request, tests[0].partner)
    if tests[0].purpose != CredentialTest.Purpose.ADD:
        return one_test(request, partner, tests[0])
    running = not all(test.is_finished for test in tests)
    if running or "beside" in request.GET:
        return still_testing(request, partner, tests)
    if all(test.status == CredentialTest.Status.PASSED for test in tests):
        messages.success(request, "Credentials Saved")
        return drawer_saved(request, reverse("partner_list", args=[request.account.pk]))
    return whole_drawer(drawer(request, partner, tests=tests))


@account_view()
@require_POST
def connection_test(request: AccountRequest, connection_id: int) -> HttpResponse:
    connection, _ = find_connection(request, connection_id)
    return begin(request, [testing.retest(connection)])


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def connection_rename(request: AccountRequest, connection_id: int) -> HttpResponse:
    connection, partner = find_connection(request, connection_id)
    form = NicknameForm(
        request.POST or None,
        account=request.account,
        connection=connection,
        initial={"nickname": connection.nickname},
    )
    if request.method == "POST" and form.is_valid() and renamed(request, connection, form):
        messages.success(request, f"The bucket is now called {connection.nickname}.")
        return drawer_saved(request, partner_url(request, partner))
    return side(request, partner, "rename", connection=connection, form=form)


@account_view(role=Role.MEMBER)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def connection_replace_key(request: AccountRequest, connection_id: int) -> HttpResponse:
    connection, partner = find_connection(request, connection_id)
    form = partner.replace_form_class()(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        wish = testing.Wish(
            purpose=CredentialTest.Purpose.REPLACE_KEY,
            partner=partner.key,
            nickname=connection.nickname,
            bucket_name=connection.bucket_name,
            config_text=form.config_text(connection),
            connection=connection,
        )
        return begin(request, [wish])
    return side(request, partner, "replace_key", connection=connection, form=form)


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def connection_delete(request: AccountRequest, connection_id: int) -> HttpResponse:
    connection, partner = find_connection(request, connection_id)
    if request.method == "POST":
        nickname = connection.nickname
        services.connection_delete(connection=connection, actor=request.user, ip=ip_of(request))
        messages.success(request, f"{nickname} was deleted, and its key with it.")
        return drawer_saved(request, partner_url(request, partner))
    users = dependants.find(connection)
    return side(request, partner, "delete", connection=connection, users=users)


# -- finding ---------------------------------------------------------------------------------------


def open_partner(request: AccountRequest, key: str) -> Partner:
    """The partner, if the account's plan has it; else 403, on every URL behind the card."""
    partner = get_partner(key)
    if not partner.feature.is_on(request.account):
        raise PermissionDenied(partner.feature.missing_message)
    return partner


def find_connection(request: AccountRequest, connection_id: int) -> tuple[Connection, Partner]:
    found = selectors.connection_list(account=request.account).select_related("account")
    connection = get_object_or_404(found, pk=connection_id)
    return connection, open_partner(request, connection.partner)


def partner_url(request: AccountRequest, partner: Partner) -> str:
    return reverse(partner.url_name, args=[request.account.pk])


def ip_of(request: AccountRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


# -- new connections -------------------------------------------------------------------------------


def blocks_posted(request: AccountRequest, partner: Partner) -> HttpResponse:
    blocks = posted_blocks(request, partner, request.account)
    good = [block for block in blocks if block.is_valid()]
    bad = [block for block in blocks if not block.is_valid()]
    if not good:
        return drawer(request, partner, blocks=bad, status=422)
    batch = start(request, [wish_of(partner, block) for block in good])
    if not bad:
        return to_tests(request, batch)
    tests = selectors.batch_tests(account=request.account, batch=batch)
    return drawer(request, partner, blocks=bad, tests=tests)


def wish_of(partner: Partner, block: Any) -> testing.Wish:
    return testing.Wish(
        purpose=CredentialTest.Purpose.ADD,
        partner=partner.key,
        nickname=block.cleaned_data["nickname"],
        bucket_name=block.cleaned_data["bucket_name"],
        config_text=block.config_text(),
        position=block.number,
    )


def wanted_blocks(request: AccountRequest) -> int:
    """As many as the address asks for (`?blocks=2`); one to begin with, none beside saved ones."""
    asked = request.GET.get("blocks", "")
    if asked.isdecimal():
        return max(1, min(int(asked), MAX_BLOCKS))
    return 0 if selectors.connection_list(account=request.account).exists() else 1


def one_more_block(request: AccountRequest, partner: Partner) -> HttpResponse:
    """For htmx: one block, and the link for the one after it."""
    asked = request.GET["add"]
    number = min(int(asked), MAX_BLOCKS - 1) if asked.isdecimal() else 0
    context = {
        "partner": partner,
        "block": blank_block(partner, request.account, number),
        **next_block(request, partner, number + 1),
    }
    return render(request, "integrations/_one_more_block.html", context)


# -- tests -----------------------------------------------------------------------------------------


def start(request: AccountRequest, wishes: list[testing.Wish]) -> uuid.UUID:
    return testing.connection_test_start(
        account=request.account, wishes=wishes, actor=request.user, ip=ip_of(request)
    )


def begin(request: AccountRequest, wishes: list[testing.Wish]) -> HttpResponse:
    return to_tests(request, start(request, wishes))


def to_tests(request: AccountRequest, batch: uuid.UUID) -> HttpResponse:
    """Go on to the page of the tests; htmx follows and swaps what it shows into the drawer."""
    url = reverse("connection_tests", args=[request.account.pk, batch])
    return HttpResponseRedirect(url)


def still_testing(
    request: AccountRequest, partner: Partner, tests: list[CredentialTest]
) -> HttpResponse:
    if "panel" in request.GET and is_fragment(request):
        return render(request, "integrations/_tests.html", tests_context(request, partner, tests))
    return at_address(request, drawer(request, partner, tests=tests))


def one_test(request: AccountRequest, partner: Partner, test: CredentialTest) -> HttpResponse:
    """A saved connection under test. No form is about, so the drawer's body asks for itself."""
    context = {**tests_context(request, partner, [test]), "test": test}
    if "panel" in request.GET and is_fragment(request):
        return render(request, "integrations/_one_test.html", context)
    return at_address(request, side(request, partner, "test", **context))


def tests_context(
    request: AccountRequest, partner: Partner, tests: list[CredentialTest], *, beside: bool = False
) -> dict[str, Any]:
    finished = all(test.is_finished for test in tests)
    query = "?panel=1&beside=1" if beside or "beside" in request.GET else "?panel=1"
    batch_url = reverse("connection_tests", args=[request.account.pk, tests[0].batch])
    return {
        "partner": partner,
        "may_change": request.role.covers(Role.MEMBER),
        "running": not finished,
        "results": [(test, block_of(partner, test)) for test in tests],
        "poll_url": batch_url + query,
        "tests_url": batch_url,
        "beside": beside or "beside" in request.GET,
    }


def block_of(partner: Partner, test: CredentialTest) -> Any:
    """The block to mend and send again, for a new connection that failed its test."""
    mend = test.status == CredentialTest.Status.FAILED
    mend = mend and test.purpose == CredentialTest.Purpose.ADD
    return failed_block(partner, test) if mend else None


def at_address(request: AccountRequest, response: HttpResponse) -> HttpResponse:
    """Show the address of the tests: htmx followed a redirect to them and knows the first one."""
    response["HX-Push-Url"] = request.path
    return response


def whole_drawer(response: HttpResponse) -> HttpResponse:
    """Replace the drawer although only the panel of the tests asked."""
    response["HX-Retarget"] = "#drawer"
    response["HX-Reswap"] = "innerHTML"
    return response


# -- rendering -------------------------------------------------------------------------------------


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
    status: int = 200,
) -> HttpResponse:
    blocks, tests = blocks or [], tests or []
    numbers = [*(block.number for block in blocks), *(test.position for test in tests)]
    context = list_context(request) | drawer_context(request, partner)
    context |= {"blocks": blocks} | next_block(request, partner, max(numbers, default=-1) + 1)
    if tests:
        context |= tests_context(request, partner, tests, beside=bool(blocks))
    return render_drawer(request, DRAWER, context, page_template=PAGE, status=status)


def drawer_context(request: AccountRequest, partner: Partner) -> dict[str, Any]:
    account = request.account
    return {
        "partner": partner,
        "connections": selectors.connection_list(account=account, partner=partner.key),
        "save_url": partner_url(request, partner),
        "egress_ranges": settings.EGRESS_IP_RANGES.get(account.region, []),
        "drawer_close_url": reverse("partner_list", args=[account.pk]),
    }


def next_block(request: AccountRequest, partner: Partner, number: int) -> dict[str, Any]:
    """What the link that adds a block needs."""
    return {
        "next_number": number,
        "may_add": number < MAX_BLOCKS,
        "add_url": partner_url(request, partner),
    }


def side(request: AccountRequest, partner: Partner, name: str, **context: Any) -> HttpResponse:
    """A drawer about one connection; it closes to the list of its siblings."""
    form = context.get("form")
    status = 422 if form is not None and form.is_bound and not form.is_valid() else 200
    context |= {"partner": partner, "drawer_close_url": partner_url(request, partner)}
    template = f"integrations/connection_{name}_drawer.html"
    return render_drawer(
        request, template, list_context(request) | context, page_template=PAGE, status=status
    )


def renamed(request: AccountRequest, connection: Connection, form: NicknameForm) -> bool:
    try:
        services.connection_rename(
            connection=connection,
            nickname=form.cleaned_data["nickname"],
            actor=request.user,
            ip=ip_of(request),
        )
    except PermanentError as error:
        form.add_error("nickname", error_in_words(error))
        return False
    return True
