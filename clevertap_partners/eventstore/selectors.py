"""What the catalogue knows, for forms, estimates and headers."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import TransientError
from clevertap_partners.eventstore.lake import profiles_uri
from clevertap_partners.eventstore.models import EventDay, EventProperty, EventType, LakeState
from clevertap_partners.eventstore.schema import EventSchema, PropertySchema, property_schema

Properties = dict[str, list[PropertySchema]]


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


def event_schemas(*, account: Account, event_names: Sequence[str] | None) -> dict[str, EventSchema]:
    """The properties of each event by name, of all events when no names are given.

    Properties come in the order in which they were first seen. An event without properties is there
    too; a name that the catalogue lacks is not.
    """
    types = EventType.objects.filter(account=account)
    if event_names is not None:
        types = types.filter(name__in=event_names)
    found: dict[str, Properties] = defaultdict(lambda: defaultdict(list))
    fields = ("event_type__name", "scope", "name", "kinds", "inner")
    rows = EventProperty.objects.filter(event_type__in=types).order_by("pk").values_list(*fields)
    for event_name, scope, *known in rows:
        found[event_name][scope].append(property_schema(*known))
    names = found.keys() | set(types.values_list("name", flat=True))
    return {name: _event_schema(found[name]) for name in sorted(names)}


def _event_schema(properties: Properties) -> EventSchema:
    return EventSchema(
        event_props=tuple(properties[EventProperty.Scope.EVENT]),
        session_props=tuple(properties[EventProperty.Scope.SESSION]),
    )


def estimate(
    *,
    account: Account,
    first_day: datetime.date,
    last_day: datetime.date,
    event_names: Sequence[str] | None = None,
) -> Estimate:
    """Events and bytes between two days, both included; of all events when no names are given."""
    days = _days(account, first_day, last_day, event_names)
    sums = days.aggregate(rows=Sum("rows"), bytes=Sum("bytes"))
    return Estimate(rows=sums["rows"] or 0, bytes=sums["bytes"] or 0)


def event_day_totals(
    *,
    account: Account,
    first_day: datetime.date,
    last_day: datetime.date,
    event_names: Sequence[str] | None = None,
) -> list[tuple[str, datetime.date, int, int]]:
    """Event, day, rows and bytes between two days, both included, by name and day."""
    totals = _days(account, first_day, last_day, event_names).order_by()
    return sorted(totals.values_list("event_type__name", "day", "rows", "bytes"))


def profile_count(*, account: Account) -> int:
    """How many people the account has a profile of, as the log of its profile table says.

    Raises TransientError when the lake does not answer.
    """
    # Here, not above: the web server loads this module, and these load Arrow and Delta.
    from deltalake.exceptions import DeltaError  # noqa: PLC0415

    from clevertap_partners.eventstore.files import row_count  # noqa: PLC0415

    try:
        return row_count(profiles_uri(account.pk))
    except (DeltaError, OSError) as error:
        raise TransientError(
            "How many profiles there are cannot be told now: the event store does not answer.",
            code="lake_away",
            fix="Nothing to do: the export waits for the event store.",
        ) from error


def _days(
    account: Account,
    first_day: datetime.date,
    last_day: datetime.date,
    event_names: Sequence[str] | None,
) -> QuerySet[EventDay]:
    days = EventDay.objects.filter(
        event_type__account=account, day__gte=first_day, day__lte=last_day
    )
    return days if event_names is None else days.filter(event_type__name__in=event_names)
