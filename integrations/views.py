"""The partner list, and each partner's drawer: saved connections and new ones."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.core.drawer import is_fragment
from integrations import selectors, testing
from integrations.forms import (
    ConnectionForm,
    blank_block,
    blank_blocks,
    posted_blocks,
)
from integrations.models import CredentialTest
from integrations.partners.base import Partner
from integrations.screens import (
    PAGE,
    drawer,
    list_context,
    next_block,
    one_test_context,
    open_partner,
    start_tests,
    to_tests,
)


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
    blocks = blank_blocks(partner, request.account, wanted_blocks(request, partner))
    return drawer(request, partner, blocks=blocks)


def blocks_posted(request: AccountRequest, partner: Partner) -> HttpResponse:
    blocks = posted_blocks(request, partner, request.account)
    good = [block for block in blocks if block.is_valid()]
    bad = [block for block in blocks if not block.is_valid()]
    if not good:
        bad = bad or blank_blocks(partner, request.account, 1)
        return drawer(request, partner, blocks=bad)
    if partner.can_try and request.POST.get("action") == "test":
        return trial(request, partner, good[0])
    wishes = [wish_of(partner, block, CredentialTest.Purpose.ADD) for block in good]
    batch = start_tests(request, wishes)
    if not bad:
        return to_tests(request, batch)
    tests = selectors.batch_tests(account=request.account, batch=batch)
    return drawer(request, partner, blocks=bad, tests=tests)


def trial(request: AccountRequest, partner: Partner, block: ConnectionForm) -> HttpResponse:
    """Test without saving. With htmx the form stays as it is, key and all, and the steps show."""
    wish = wish_of(partner, block, CredentialTest.Purpose.TRY)
    batch = start_tests(request, [wish])
    if not is_fragment(request):
        return to_tests(request, batch)
    tests = selectors.batch_tests(account=request.account, batch=batch)
    context = one_test_context(request, partner, tests[0])
    response = render(request, "integrations/_one_test.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = "#trial", "innerHTML show:top"
    return response


def wish_of(
    partner: Partner, block: ConnectionForm, purpose: CredentialTest.Purpose
) -> testing.Wish:
    return testing.Wish(
        purpose=purpose,
        partner=partner.key,
        nickname=block.chosen_name(),
        target=block.target(),
        config_text=block.config_text(),
        position=block.number,
    )


def wanted_blocks(request: AccountRequest, partner: Partner) -> int:
    """As many as the address asks for (`?blocks=2`); one to begin with, none beside saved ones.

    Where one at a time is saved, it has a link of its own.
    """
    asked = number_of(request.GET.get("blocks", ""))
    if asked is not None:
        return max(1, min(asked, partner.max_blocks))
    saved = selectors.connection_list(account=request.account, partner=partner.key)
    return 0 if partner.max_blocks == 1 or saved.exists() else 1


def number_of(text: str) -> int | None:
    """A number as the address has it; None for what is none, or far beyond any count of blocks."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def one_more_block(request: AccountRequest, partner: Partner) -> HttpResponse:
    """For htmx: one block, and the link for the one after it."""
    asked = number_of(request.GET["add"])
    number = min(asked or 0, partner.max_blocks - 1)
    context = {
        "partner": partner,
        "block": blank_block(partner, request.account, number),
        **next_block(request, partner, number + 1),
    }
    return render(request, "integrations/_one_more_block.html", context)
