"""[pure] What a batch of events holds: names, days, rows, bytes, properties, kinds.

The engine tells the structure of each JSON text; only texts with numbers beyond its exactness are
parsed here.
"""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

SCOPES = {"event": "event_props", "session": "session_props"}
_INT64 = range(-(2**63), 2**63)
# Where one record's JSON goes beyond its own texts: keys, braces, ts.
_FRAME_BYTES = 60
_KINDS = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "UBIGINT": "integer",
    "HUGEINT": "big_integer",
    "DOUBLE": "float",
    "BOOLEAN": "boolean",
}


class PropertyKey(NamedTuple):
    event_name: str
    scope: str
    name: str


@dataclass
class Seen:
    """The kinds a property was seen with, and those of the keys inside its objects."""

    kinds: set[str] = field(default_factory=set)
    inner: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kinds: Iterable[str], inner: Mapping[str, Iterable[str]]) -> None:
        self.kinds.update(kinds)
        for key, inner_kinds in inner.items():
            self.inner.setdefault(key, set()).update(inner_kinds)


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


def survey(rows: pa.Table) -> Survey:
    """Look through rows of EVENTS_SCHEMA."""
    found = Survey()
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("batch", rows)
        for name, day, count, size in connection.execute(_TOTALS).fetchall():
            found.days[name, day] = DayTotal(count, size)
        for scope, column in SCOPES.items():
            for name, property_name, kinds, inner in _properties(connection, column):
                found.properties[PropertyKey(name, scope, property_name)].add(kinds, inner)
    return found


Sighting = tuple[str, str, Iterable[str], dict[str, Iterable[str]]]

_TOTALS = f"""
    SELECT event_name, event_day, count(*),
           sum(strlen(profile) + strlen(event_props) + coalesce(strlen(device_info), 0)
               + coalesce(strlen(session_props), 0) + {_FRAME_BYTES})::BIGINT
    FROM batch GROUP BY ALL
"""  # noqa: S608  (the only insertion is our own number)


def _properties(connection: duckdb.DuckDBPyConnection, column: str) -> Iterator[Sighting]:
    exact = f"regexp_matches({column}, '[0-9]{{19}}')"
    some = f"{column} IS NOT NULL AND {column} <> '{{}}'"
    select = "SELECT DISTINCT event_name,"
    structures = f"{select} json_structure({column}) FROM batch WHERE {some} AND NOT {exact}"
    for name, text in connection.execute(structures).fetchall():
        for key, structure in json.loads(text).items():
            yield name, key, *_from_structure(structure)
    texts = f"{select} {column} FROM batch WHERE {some} AND {exact}"
    for name, text in connection.execute(texts).fetchall():
        for key, value in json.loads(text).items():
            yield name, key, *_from_value(value)


def _from_structure(structure: Any) -> tuple[list[str], dict[str, Iterable[str]]]:
    """Kinds and inner kinds, from the engine's words: a type, {key: type} or [type]."""
    if isinstance(structure, dict):
        return ["object"], {key: [_inner_kind(kind)] for key, kind in structure.items()}
    if isinstance(structure, list):
        inside = structure[0]
        if isinstance(inside, dict):
            return ["items"], {key: [_inner_kind(kind)] for key, kind in inside.items()}
        return ["list"], {}
    # The engine has no type for {}, and says JSON.
    return [_KINDS.get(structure, "object")], {}


def _inner_kind(structure: Any) -> str:
    if isinstance(structure, dict):
        return "object"
    if isinstance(structure, list):
        return "items" if isinstance(structure[0], dict) else "list"
    return _KINDS.get(structure, "mixed")


def _from_value(value: Any) -> tuple[list[str], dict[str, Iterable[str]]]:
    kind = _kind(value)
    if kind == "object":
        return [kind], {key: [_kind(item)] for key, item in value.items()}
    if kind == "items":
        inner: dict[str, set[str]] = {}
        for item in value:
            for key, inside in (item or {}).items():
                inner.setdefault(key, set()).add(_kind(inside))
        return [kind], dict(inner)
    return [kind], {}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if value in _INT64 else "big_integer"
    if isinstance(value, list):
        objects = [item for item in value if item is not None]
        return "items" if objects and all(isinstance(item, dict) for item in objects) else "list"
    kinds: dict[type, str] = {str: "string", float: "float", dict: "object", type(None): "mixed"}
    return kinds[type(value)]
