"""[pure] What becomes of each column: chosen in the wizard, kept with the import and its runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

EVENTS = "events"
PROFILES = "profiles"
KINDS = (EVENTS, PROFILES)

# How an Updated On column counts.
EPOCH_S, EPOCH_MS, DATE, TIMESTAMP = "epoch_s", "epoch_ms", "date", "timestamp"
CURSOR_KINDS = (EPOCH_S, EPOCH_MS, DATE, TIMESTAMP)

# The types of a property.
STRING, INTEGER, FLOAT, LONG, BOOLEAN, DATE_TYPE = (
    "string",
    "integer",
    "float",
    "long",
    "boolean",
    "date",
)
PROPERTY_TYPES = (STRING, INTEGER, FLOAT, LONG, BOOLEAN, DATE_TYPE)

# How a date is written. A column of type DATE, DATETIME or TIMESTAMP needs none: "native".
NATIVE = "native"
DATE_FORMATS = (
    NATIVE,
    EPOCH_S,
    EPOCH_MS,
    "dd/MM/yyyy HH:mm:ss",
    "MM/dd/yyyy HH:mm:ss",
    "yyyy/dd/MM HH:mm:ss",
    "yyyy/MM/dd HH:mm:ss",
    "dd MMM yyyy HH:mm:ss",
    "dd/MM/yyyy",
    "MM/dd/yyyy",
    "yyyy/dd/MM",
    "yyyy/MM/dd",
    "ddMMMyyyy",
)

IDENTITY, OBJECT_ID = "identity", "object_id"


@dataclass(frozen=True)
class Property:
    """A column that becomes a property."""

    column: str
    name: str
    type: str
    format: str = ""


@dataclass(frozen=True)
class Mapping:
    """Everything that a row's fate depends on, besides the row.

    `identity_as` is identity or object_id (CleverTap ID). Of events, exactly one of `event_name`
    and `event_name_column` is given; without `created_on_column` an event happened when its run
    began. Without `cursor_column` every run reads everything and leaves out rows that were read
    before and have not changed.
    """

    kind: str
    identity_column: str
    identity_as: str = IDENTITY
    cursor_column: str = ""
    cursor_kind: str = ""
    created_on_column: str = ""
    created_on_format: str = ""
    event_name: str = ""
    event_name_column: str = ""
    properties: tuple[Property, ...] = field(default_factory=tuple)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once, in a fixed order."""
        named = [
            self.identity_column,
            self.cursor_column,
            self.created_on_column,
            self.event_name_column,
            *(each.column for each in self.properties),
        ]
        return tuple(dict.fromkeys(name for name in named if name))


def as_json(mapping: Mapping) -> dict[str, Any]:
    # A list, as JSON has it: so what is made equals what was kept.
    return {**asdict(mapping), "properties": [asdict(each) for each in mapping.properties]}


def from_json(stored: dict[str, Any]) -> Mapping:
    """Raises KeyError or TypeError for what `as_json` has not written."""
    properties = tuple(Property(**each) for each in stored["properties"])
    return Mapping(**{**stored, "properties": properties})
