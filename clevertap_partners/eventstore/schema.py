"""[pure] What is known of an event's properties: the columns and types that a file of it needs.

Kinds are those of `kinds.py`, sorted by code point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PropertySchema:
    """A property, the kinds it was seen with, and those of the keys inside its objects."""

    name: str
    kinds: tuple[str, ...]
    inner: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class EventSchema:
    """The properties that an event and its sessions were seen with, in the order of that."""

    event_props: tuple[PropertySchema, ...] = ()
    session_props: tuple[PropertySchema, ...] = ()


def property_schema(
    name: str, kinds: Iterable[str], inner: Mapping[str, Iterable[str]]
) -> PropertySchema:
    keys = {key: tuple(sorted(inner[key])) for key in sorted(inner)}
    return PropertySchema(name, tuple(sorted(kinds)), keys)
