"""One saved connection: test, rename, replace its key, delete; and how tests are going."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, is_fragment
from clevertap_partners.core.errors import PermanentError
from integrations import dependants, selectors, services, testing
from integrations.forms import RenameForm, error_in_words
from integrations.models import Connection, CredentialTest
from integrations.partners.base import Partner
from integrations.screens import (
    drawer,
    find_connection,
    ip_of,
    list_url,
    one_test_context,
    open_partner,
    side_drawer,
    start_tests,
    tests_context,
    to_tests,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@account_view()
@require_safe
def connection_tests(request: AccountRequest, batch: uuid.UUID) -> HttpResponse:
    """How the tests of one press of a button are going. `?panel=1` asks for the live part alone."""
    tests = selectors.batch_tests(account=request.account, batch=batch)
    if not tests:
        raise Http404("No such tests.")
    partner = open_partner(request, tests[0].partner)
    if tests[0].purpose == CredentialTest.Purpose.TRY and not wants_panel(request):
        return drawer(request, partner, tests=tests)
    if tests[0].purpose != CredentialTest.Purpose.ADD:
        return saved_one_tested(request, partner, tests[0])
    if "beside" in request.GET or not all(test.is_finished for test in tests):
        return new_ones_tested(request, partner, tests)
    if all(test.status == CredentialTest.Status.PASSED for test in tests):
        messages.success(request, _("Credentials Saved"))
        return drawer_saved(request, list_url(request))
    return whole_drawer(drawer(request, partner, tests=tests))


@account_view()
@require_POST
def connection_test(request: AccountRequest, connection_id: int) -> HttpResponse:
    connection = find_connection(request, connection_id)[0]
    return to_tests(request, start_tests(request, [testing.retest(connection)]))


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def connection_rename(request: AccountRequest, connection_id: int) -> HttpResponse:
    connection, partner = find_connection(request, connection_id)
    form = RenameForm(
        request.POST or None,
        account=request.account,
        connection=connection,
        label=partner.words.name_label,
        initial={"nickname": connection.nickname},
    )
    if form.is_valid() and renamed(request, connection, form):
        messages.success(request, partner.words.renamed.format(nickname=connection.nickname))
        return drawer_saved(request, list_url(request))
    return side_drawer(request, partner, "rename", {"connection": connection, "form": form})


@account_view(role=Role.MEMBER)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def connection_replace_key(request: AccountRequest, connection_id: int) -> HttpResponse:
    connection, partner = find_connection(request, connection_id)
    form = partner.replace_form_class()(request.POST or None, request.FILES or None)
    if form.is_valid():
        wish = testing.Wish(
            purpose=CredentialTest.Purpose.REPLACE_KEY,
            partner=partner.key,
            nickname=connection.nickname,
            target=connection.target,
            config_text=form.config_text(connection),
            connection=connection,
        )
        return to_tests(request, start_tests(request, [wish]))
    tested_first = format_html(
        str(partner.words.tested_first),
        target=format_html('<span class="mono">{}</span>', connection.target),
        client_email=connection.client_email,
    )
    context = {"connection": connection, "form": form, "tested_first": tested_first}
    return side_drawer(request, partner, "replace_key", context)


@account_view(role=Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def connection_delete(request: AccountRequest, connection_id: int) -> HttpResponse:
    connection, partner = find_connection(request, connection_id)
    if request.method == "POST":
        services.connection_delete(connection=connection, actor=request.user, ip=ip_of(request))
        text = _("{nickname} was deleted, and its key with it.")
        messages.success(request, text.format(nickname=connection.nickname))
        return drawer_saved(request, list_url(request))
    context = {
        "connection": connection,
        "users": dependants.find(connection),
        **words_of_deleting(partner, connection),
    }
    return side_drawer(request, partner, "delete", context)


def words_of_deleting(partner: Partner, connection: Connection) -> dict[str, StrOrPromise]:
    words = partner.words
    return {
        "stays": words.stays.format(target=connection.target),
        "warning": words.stops,
        "users_title": words.users_title,
        "unused": words.unused,
    }


def renamed(request: AccountRequest, connection: Connection, form: RenameForm) -> bool:
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


def new_ones_tested(
    request: AccountRequest, partner: Partner, tests: list[CredentialTest]
) -> HttpResponse:
    if wants_panel(request):
        context = tests_context(request, partner, tests, beside="beside" in request.GET)
        return render(request, "integrations/_tests.html", context)
    return at_its_address(request, drawer(request, partner, tests=tests))


def saved_one_tested(
    request: AccountRequest, partner: Partner, test: CredentialTest
) -> HttpResponse:
    context = one_test_context(request, partner, test)
    if wants_panel(request):
        return render(request, "integrations/_one_test.html", context)
    return at_its_address(request, side_drawer(request, partner, "test", context))


def wants_panel(request: AccountRequest) -> bool:
    return "panel" in request.GET and is_fragment(request)


def at_its_address(request: AccountRequest, response: HttpResponse) -> HttpResponse:
    """Show the address of the tests: htmx followed a redirect to them and knows the first one."""
    response["HX-Push-Url"] = request.path
    return response


def whole_drawer(response: HttpResponse) -> HttpResponse:
    """Replace the drawer although only the panel of the tests asked."""
    response["HX-Retarget"] = "#drawer"
    response["HX-Reswap"] = "innerHTML"
    return response
