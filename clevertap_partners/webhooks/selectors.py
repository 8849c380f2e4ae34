"""Everything that reads webhooks."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import free
from clevertap_partners.webhooks.addresses import Target, parse_target
from clevertap_partners.webhooks.models import Delivery, Endpoint, Kind

# How many webhooks with something due a tick looks at, and how many it rings for at most: an
# account has ten webhooks, so there are fifty accounts among them.
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


def newest_failures(endpoints: list[Endpoint]) -> dict[int, Delivery]:
    """What each of these webhooks last did not take, by the webhook's id."""
    refused = Delivery.objects.exclude(error="").exclude(kind=Kind.TEST).exclude(attempted_at=None)
    newest = refused.filter(endpoint=OuterRef("pk")).order_by("-attempted_at").values("pk")[:1]
    failing = Endpoint.objects.filter(
        pk__in=[each.pk for each in endpoints if each.state == Endpoint.State.FAILING]
    )
    ids = failing.annotate(failed_id=Subquery(newest)).values_list("failed_id", flat=True)
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


def turns() -> QuerySet[Delivery]:
    """What is due and nobody sends: one of each webhook, the longest untried webhook first.

    Tests go before all else: somebody looks at the screen.
    """
    is_alert = Case(When(kind=Kind.TEST, then=0), default=1)
    place = Window(
        RowNumber(), partition_by=F("endpoint_id"), order_by=[is_alert, "next_attempt_at", "pk"]
    )
    firsts = Delivery.objects.filter(due(), free()).annotate(place=place).filter(place=1)
    untried = F("endpoint__attempted_at").asc(nulls_first=True)
    return firsts.order_by(is_alert, untried, "next_attempt_at", "pk")


def deliveries_to_ring() -> list[int]:
    """One of each account that nothing is being sent for, in turn."""
    waiting = turns().exclude(endpoint__account__in=being_sent().values("endpoint__account"))
    firsts: dict[int, int] = {}
    for pk, account_id in waiting.values_list("pk", "endpoint__account_id")[:LOOKED_AT]:
        firsts.setdefault(account_id, pk)
    return list(firsts.values())[:RUNG_AT_ONCE]


def next_due(*, account_id: int) -> int | None:
    """What to send next for this account: of the webhook that was tried longest ago."""
    waiting = turns().filter(endpoint__account=account_id)
    return waiting.values_list("pk", flat=True).first()


def is_busy(*, delivery: Delivery) -> bool:
    """Whether something else is being sent for the same account now."""
    account_id = delivery.endpoint.account_id
    return being_sent().filter(endpoint__account=account_id).exclude(pk=delivery.pk).exists()


def being_sent() -> QuerySet[Delivery]:
    return Delivery.objects.filter(lease_until__gt=timezone.now())
