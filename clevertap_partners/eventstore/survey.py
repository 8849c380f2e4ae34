"""[pure] What a batch of events holds: names, days, rows, bytes, properties, kinds."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from clevertap_partners.eventstore.kinds import Seen, sightings

SCOPES = {"event": "event_props", "session": "session_props"}
# Where one record's JSON goes beyond its own texts: keys, braces, ts.
FRAME_BYTES = 60


class PropertyKey(NamedTuple):
    event_name: str
    scope: str
    name: str


@dataclass
class DayTotal:
    rows: int = 0
    bytes: int = 0


@dataclass
class Survey:
    """Totals per event and day, and what is known of each property."""

    days: dict[tuple[str, datetime.date], DayTotal] = field(
        default_factory=lambda: defaultdict(DayTotal)
    )
    properties: dict[PropertyKey, Seen] = field(default_factory=lambda: defaultdict(Seen))

    @property
    def rows(self) -> int:
        return sum(total.rows for total in self.days.values())

    def add(self, other: Survey) -> None:
        for key, total in other.days.items():
            self.days[key].rows += total.rows
            self.days[key].bytes += total.bytes
        for name, seen in other.properties.items():
            self.properties[name].add(seen.kinds, seen.inner)


@dataclass(frozen=True)
class Told:
    """What its writer knows of a commit: exactly these files, by path, and what they hold."""

    files: frozenset[str]
    found: Survey


def as_json(found: Survey) -> dict[str, Any]:
    """Of a survey without inner kinds."""
    days: dict[str, dict[str, list[int]]] = {}
    for (name, day), total in found.days.items():
        days.setdefault(name, {})[day.isoformat()] = [total.rows, total.bytes]
    properties = [[*key, sorted(seen.kinds)] for key, seen in found.properties.items()]
    return {"days": days, "properties": properties}


def from_json(stored: dict[str, Any]) -> Survey:
    """Raises KeyError for what `as_json` has not written."""
    found = Survey()
    for name, days in stored["days"].items():
        for day, counted in days.items():
            found.days[name, datetime.date.fromisoformat(day)] = DayTotal(*counted)
    for *key, kinds in stored["properties"]:
        found.properties[PropertyKey(*key)].add(kinds, {})
    return found


def survey(rows: pa.Table) -> Survey:
    """Look through rows of EVENTS_SCHEMA."""
    found = Survey()
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("batch", rows)
        for name, day, count, size in connection.execute(_TOTALS).fetchall():
            found.days[name, day] = DayTotal(count, size)
        for scope, column in SCOPES.items():
            for name, key, kinds, inner in sightings(connection, column=column, group="event_name"):
                found.properties[PropertyKey(name, scope, key)].add(kinds, inner)
    return found


_TOTALS = f"""
    SELECT event_name, event_day, count(*),
           sum(strlen(profile) + strlen(event_props) + coalesce(strlen(device_info), 0)
               + coalesce(strlen(session_props), 0) + {FRAME_BYTES})::BIGINT
    FROM batch GROUP BY ALL
"""  # noqa: S608  (the only insertion is our own number)
