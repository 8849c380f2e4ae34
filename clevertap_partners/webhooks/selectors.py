"""Everything that reads webhooks."""

from __future__ import annotations

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import free
from clevertap_partners.webhooks.addresses import Target, parse_target
from clevertap_partners.webhooks.models import Delivery, Endpoint

# How many due deliveries a tick looks at, and how many it rings for at most.
LOOKED_AT = 500
RUNG_AT_ONCE = 50


def endpoint_list(*, account: Account) -> QuerySet[Endpoint]:
    """The account's webhooks without their secrets, each with its newest delivery's id."""
    newest = Delivery.objects.filter(endpoint=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return (
        Endpoint.objects.filter(account=account)
        .defer("secret")
        .select_related("created_by")
        .annotate(newest_delivery_id=Subquery(newest))
    )


def delivery_list(*, endpoint: Endpoint) -> QuerySet[Delivery]:
    """Newest first."""
    return endpoint.deliveries.order_by("-pk")


def newest_deliveries(endpoints: list[Endpoint]) -> dict[int, Delivery]:
    """The last delivery of each of these webhooks, by the webhook's id."""
    ids = [endpoint.newest_delivery_id for endpoint in endpoints]  # type: ignore[attr-defined]  # annotated
    found = Delivery.objects.defer("payload").filter(pk__in=[each for each in ids if each])
    return {delivery.endpoint_id: delivery for delivery in found}


def target_of(url: str) -> Target:
    """Raises PermanentError `webhook_url`."""
    return parse_target(url, sandbox_hooks=sandbox_hooks())


def sandbox_hooks() -> str:
    """Where the sandbox's own receivers are: the one exception to https and public addresses."""
    return f"{settings.SANDBOX_URL}/hooks/" if settings.SANDBOX else ""


def due() -> Q:
    return Q(next_attempt_at__lte=timezone.now())


def deliveries_to_ring() -> list[int]:
    """Due deliveries that nobody sends: one of each webhook, those that wait longest first."""
    waiting = Delivery.objects.filter(due(), free()).order_by("next_attempt_at", "pk")
    firsts: dict[int, int] = {}
    for pk, endpoint_id in waiting.values_list("pk", "endpoint_id")[:LOOKED_AT]:
        firsts.setdefault(endpoint_id, pk)
    return list(firsts.values())[:RUNG_AT_ONCE]


def next_due(*, endpoint_id: int) -> int | None:
    waiting = Delivery.objects.filter(due(), free(), endpoint_id=endpoint_id)
    return waiting.order_by("next_attempt_at", "pk").values_list("pk", flat=True).first()


def is_busy(*, delivery: Delivery) -> bool:
    """Whether something else is being sent to the same receiver now."""
    others = Delivery.objects.filter(endpoint=delivery.endpoint_id).exclude(pk=delivery.pk)
    return others.filter(lease_until__gt=timezone.now()).exists()
