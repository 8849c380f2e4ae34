"""[pure] What the records of a run are: events or profiles, with the properties they may have.

Pinned when the run is planned, so that each of its files has the same columns, whatever is loaded
meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clevertap_partners.eventstore.schema import EventSchema, PropertySchema


@dataclass(frozen=True)
class EventRecords:
    """Events by name. No schemas for a format that needs none."""

    schemas: Mapping[str, EventSchema] = field(default_factory=dict)


@dataclass(frozen=True)
class ProfileRecords:
    """People, and the properties that any of them has."""

    properties: tuple[PropertySchema, ...] = ()


Records = EventRecords | ProfileRecords


def as_json(records: Records) -> dict[str, Any]:
    """A form that JSON can hold; `from_json` reads it back."""
    if isinstance(records, ProfileRecords):
        return {"profiles": _listed(records.properties)}
    return {
        "events": {
            name: {"event": _listed(of.event_props), "session": _listed(of.session_props)}
            for name, of in records.schemas.items()
        }
    }


def from_json(pinned: Mapping[str, Any]) -> Records:
    if "profiles" in pinned:
        return ProfileRecords(_properties(pinned["profiles"]))
    return EventRecords(
        {
            name: EventSchema(_properties(of["event"]), _properties(of["session"]))
            for name, of in pinned.get("events", {}).items()
        }
    )


def _listed(properties: Sequence[PropertySchema]) -> list[list[Any]]:
    return [
        [known.name, list(known.kinds), {key: list(kinds) for key, kinds in known.inner.items()}]
        for known in properties
    ]


def _properties(listed: Sequence[Sequence[Any]]) -> tuple[PropertySchema, ...]:
    return tuple(
        # Sorted anew: PostgreSQL keeps the keys of an object in an order of its own.
        PropertySchema(name, tuple(kinds), {key: tuple(inner[key]) for key in sorted(inner)})
        for name, kinds, inner in listed
    )
