"""What the catalogue knows, for forms, estimates and headers."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.models import EventDay, EventProperty, EventType, LakeState


@dataclass(frozen=True)
class EventSummary:
    """An event of the account, as a form or a list shows it."""

    name: str
    is_system: bool
    rows: int
    first_day: datetime.date
    last_day: datetime.date


@dataclass(frozen=True)
class Estimate:
    """How much an export would hold: events, and bytes of text before compression."""

    rows: int
    bytes: int


def event_names(*, account: Account) -> list[str]:
    return list(EventType.objects.filter(account=account).values_list("name", flat=True))


def catalogued_version(*, account: Account) -> int:
    """The version of the lake up to which the catalogue is complete; 0 when nothing was loaded."""
    return LakeState.objects.filter(account=account).values_list("version", flat=True).first() or 0


def event_catalogue(*, account: Account) -> list[EventSummary]:
    """Every event of the account with its rows, by name."""
    kinds = (
        EventType.objects.filter(account=account).annotate(total=Sum("days__rows")).order_by("name")
    )
    return [
        EventSummary(kind.name, kind.is_system, kind.total or 0, kind.first_day, kind.last_day)
        for kind in kinds
    ]


def event_properties(*, account: Account, event_name: str) -> QuerySet[EventProperty]:
    """Properties seen with an event, by scope and name."""
    return EventProperty.objects.filter(event_type__account=account, event_type__name=event_name)


def estimate(
    *,
    account: Account,
    first_day: datetime.date,
    last_day: datetime.date,
    event_names: Sequence[str] | None = None,
) -> Estimate:
    """Events and bytes between two days, both included; of all events when no names are given."""
    days = EventDay.objects.filter(
        event_type__account=account, day__gte=first_day, day__lte=last_day
    )
    if event_names is not None:
        days = days.filter(event_type__name__in=event_names)
    sums = days.aggregate(rows=Sum("rows"), bytes=Sum("bytes"))
    return Estimate(rows=sums["rows"] or 0, bytes=sums["bytes"] or 0)
