"""What the screens of webhooks share: the list below a drawer, one webhook's log, look-ups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from clevertap_partners.accounts.access import AccountRequest
from clevertap_partners.core.drawer import is_fragment, render_drawer
from clevertap_partners.core.paging import page_of
from clevertap_partners.webhooks import selectors
from clevertap_partners.webhooks.models import Delivery, Endpoint, Kind
from clevertap_partners.webhooks.services import MAX_ENDPOINTS

LIST = "webhooks/alert_list.html"
LOG = "webhooks/alert_log.html"
# New alerts come into a log that has nothing under way, too.
IDLE_LOG_S = 10
# What is due in hours may be sent earlier by hand, from another screen.
LONGEST_ASK_S = 60


def find(request: AccountRequest, endpoint_id: int) -> Endpoint:
    return get_object_or_404(selectors.endpoint_list(account=request.account), pk=endpoint_id)


def find_delivery(endpoint: Endpoint, delivery_id: int) -> Delivery:
    return get_object_or_404(selectors.delivery_list(endpoint=endpoint), pk=delivery_id)


def list_url(request: AccountRequest) -> str:
    return reverse("alert_list", args=[request.account.account_id])


def log_url(request: AccountRequest, endpoint: Endpoint) -> str:
    return reverse("alert_log", args=[request.account.account_id, endpoint.pk])


def list_context(request: AccountRequest) -> dict[str, Any]:
    endpoints = list(selectors.endpoint_list(account=request.account))
    newest = selectors.newest_deliveries(endpoints)
    failed = selectors.newest_failures(endpoints)
    return {
        "rows": [
            (endpoint, newest.get(endpoint.pk), failed.get(endpoint.pk)) for endpoint in endpoints
        ],
        "asks_again_s": asks_again_s(newest.values(), at_least=2),
        "may_add": len(endpoints) < MAX_ENDPOINTS,
        "max_endpoints": MAX_ENDPOINTS,
    }


def log_context(request: AccountRequest, endpoint: Endpoint) -> dict[str, Any]:
    deliveries = selectors.delivery_list(endpoint=endpoint).defer("payload")
    page = page_of(deliveries, request.GET)
    return {
        "endpoint": endpoint,
        "page": page,
        "per_page": page.paginator.per_page,
        "asks_again_s": min(asks_again_s(page, at_least=2) or IDLE_LOG_S, IDLE_LOG_S),
    }


def asks_again_s(deliveries: Iterable[Delivery], *, at_least: int) -> int | None:
    """When a screen of these looks again: when the next is due. None while nothing will happen."""
    quiet = [each.quiet_s for each in deliveries if each.quiet_s is not None]
    return max(at_least, min(*quiet, LONGEST_ASK_S)) if quiet else None


def list_drawer(request: AccountRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A drawer over the list of webhooks."""
    below = {} if is_fragment(request) else list_context(request)
    context = {**below, "drawer_close_url": list_url(request), **context}
    with timezone.override(request.account.zone):
        return render_drawer(request, template, context, page_template=LIST)


def delivery_context(endpoint: Endpoint, delivery: Delivery) -> dict[str, Any]:
    panel_asks_s = asks_again_s([delivery], at_least=1)
    return {"endpoint": endpoint, "delivery": delivery, "panel_asks_s": panel_asks_s}


def delivery_drawer(
    request: AccountRequest, endpoint: Endpoint, context: dict[str, Any]
) -> HttpResponse:
    """One delivery, over the page that it was opened from; a test is sent from the list."""
    template = "webhooks/alert_delivery_drawer.html"
    if is_over_list(request, endpoint, context["delivery"]):
        # The list below shows at once that something is on its way.
        return list_drawer(request, template, {"refresh_list": is_fragment(request), **context})
    log = {**log_context(request, endpoint), "drawer_close_url": log_url(request, endpoint)}
    with timezone.override(request.account.zone):
        return render_drawer(request, template, log | context, page_template=LOG)


def is_over_list(request: AccountRequest, endpoint: Endpoint, delivery: Delivery) -> bool:
    if not is_fragment(request):
        return delivery.kind == Kind.TEST
    here = request.htmx.current_url_abs_path or ""
    return not here.startswith(log_url(request, endpoint))


def shown(request: AccountRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """With times in account time."""
    with timezone.override(request.account.zone):
        return render(request, template, context)


def sandbox_receiver(request: AccountRequest) -> str:
    """The sandbox's receiver for this account; empty where there is no sandbox."""
    hooks = selectors.sandbox_hooks()
    return f"{hooks}alerts-{request.account.account_id}" if hooks else ""
