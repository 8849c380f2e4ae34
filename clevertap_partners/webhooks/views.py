"""The screens of status alert webhooks. Admins of the account only."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view, ip_of
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import drawer_saved, is_fragment
from clevertap_partners.core.errors import PermanentError
from clevertap_partners.webhooks import services
from clevertap_partners.webhooks.forms import EndpointForm, in_words
from clevertap_partners.webhooks.models import Endpoint
from clevertap_partners.webhooks.screens import (
    LIST,
    LOG,
    delivery_context,
    delivery_drawer,
    find,
    find_delivery,
    list_context,
    list_drawer,
    list_url,
    log_context,
    sandbox_receiver,
    shown,
)

for_admins = account_view(role=Role.ADMIN, feature=services.FEATURE)


@for_admins
@require_safe
def alert_list(request: AccountRequest) -> HttpResponse:
    """The list; its live part alone when the page asks for that."""
    template = "webhooks/_alert_rows.html" if is_fragment(request) else LIST
    return shown(request, template, list_context(request))


@for_admins
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def alert_new(request: AccountRequest) -> HttpResponse:
    suggested = sandbox_receiver(request)
    form = EndpointForm(
        request.POST or None, suggested_url=suggested if "sandbox" in request.GET else ""
    )
    if form.is_valid():
        try:
            endpoint, secret = services.endpoint_create(
                account=request.account, spec=form.spec(), actor=request.user, ip=ip_of(request)
            )
        except PermanentError as error:
            form.add_error("url", in_words(error))
        else:
            return secret_once(request, endpoint, secret, is_new=True)
    context = {"form": form, "sandbox_receiver": suggested}
    return list_drawer(request, "webhooks/alert_new_drawer.html", context)


@for_admins
@require_http_methods(["GET", "HEAD", "POST"])
def alert_edit(request: AccountRequest, endpoint_id: int) -> HttpResponse:
    endpoint = find(request, endpoint_id)
    form = EndpointForm(request.POST or None, endpoint=endpoint)
    if form.is_valid():
        try:
            services.endpoint_update(
                endpoint=endpoint, spec=form.spec(), actor=request.user, ip=ip_of(request)
            )
        except PermanentError as error:
            form.add_error("url", in_words(error))
        else:
            messages.success(request, _("{webhook} was changed.").format(webhook=endpoint))
            return drawer_saved(request, list_url(request))
    context = {"form": form, "endpoint": endpoint}
    return list_drawer(request, "webhooks/alert_edit_drawer.html", context)


@for_admins
@require_POST
def alert_enable(request: AccountRequest, endpoint_id: int) -> HttpResponse:
    endpoint = find(request, endpoint_id)
    services.endpoint_enable(endpoint=endpoint, actor=request.user, ip=ip_of(request))
    messages.success(request, _("Alerts go to {webhook} from now on.").format(webhook=endpoint))
    return redirect(list_url(request))


@for_admins
@require_POST
def alert_disable(request: AccountRequest, endpoint_id: int) -> HttpResponse:
    endpoint = find(request, endpoint_id)
    services.endpoint_disable(endpoint=endpoint, actor=request.user, ip=ip_of(request))
    text = _("Nothing is sent to {webhook} until you enable it again.")
    messages.success(request, text.format(webhook=endpoint))
    return redirect(list_url(request))


@for_admins
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def alert_rotate(request: AccountRequest, endpoint_id: int) -> HttpResponse:
    endpoint = find(request, endpoint_id)
    if request.method == "POST":
        secret = services.endpoint_rotate(endpoint=endpoint, actor=request.user, ip=ip_of(request))
        return secret_once(request, endpoint, secret, is_new=False)
    return list_drawer(request, "webhooks/alert_rotate_drawer.html", {"endpoint": endpoint})


@for_admins
@require_http_methods(["GET", "HEAD", "POST"])
def alert_delete(request: AccountRequest, endpoint_id: int) -> HttpResponse:
    endpoint = find(request, endpoint_id)
    if request.method == "POST":
        services.endpoint_delete(endpoint=endpoint, actor=request.user, ip=ip_of(request))
        text = _("{webhook} was deleted, and its log with it.")
        messages.success(request, text.format(webhook=endpoint))
        return drawer_saved(request, list_url(request))
    return list_drawer(request, "webhooks/alert_delete_drawer.html", {"endpoint": endpoint})


@for_admins
@require_POST
def alert_test(request: AccountRequest, endpoint_id: int) -> HttpResponse:
    endpoint = find(request, endpoint_id)
    delivery = services.alert_test(endpoint=endpoint, actor=request.user, ip=ip_of(request))
    return redirect("alert_delivery", request.account.account_id, endpoint.pk, delivery.pk)


@for_admins
@require_safe
def alert_log(request: AccountRequest, endpoint_id: int) -> HttpResponse:
    endpoint = find(request, endpoint_id)
    template = "webhooks/_alert_log_rows.html" if is_fragment(request) else LOG
    return shown(request, template, log_context(request, endpoint))


@for_admins
@require_safe
def alert_delivery(request: AccountRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """One delivery; `?panel=1` asks for the live part alone."""
    endpoint = find(request, endpoint_id)
    context = delivery_context(endpoint, find_delivery(endpoint, delivery_id))
    if "panel" in request.GET and is_fragment(request):
        return shown(request, "webhooks/_alert_delivery.html", context)
    return delivery_drawer(request, endpoint, context)


@for_admins
@require_POST
def alert_redeliver(request: AccountRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    endpoint = find(request, endpoint_id)
    delivery = find_delivery(endpoint, delivery_id)
    try:
        services.delivery_redeliver(delivery=delivery, actor=request.user, ip=ip_of(request))
    except PermanentError as refused:
        context = delivery_context(endpoint, delivery) | {"refused": refused}
        return delivery_drawer(request, endpoint, context)
    return redirect("alert_delivery", request.account.account_id, endpoint.pk, delivery.pk)


def secret_once(
    request: AccountRequest, endpoint: Endpoint, secret: str, *, is_new: bool
) -> HttpResponse:
    """The only answer that ever holds the secret: it is shown here and stored encrypted."""
    context = {"endpoint": endpoint, "secret": secret, "is_new": is_new}
    return list_drawer(request, "webhooks/alert_secret_drawer.html", context)
