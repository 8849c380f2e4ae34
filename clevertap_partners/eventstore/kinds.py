"""[pure] Which kinds of values the properties in a column of JSON objects have.

string, boolean, list, object; items: a list of objects; float: any number with a point or an
exponent; integer: a whole number that a double holds exactly; long: one beyond that, within 64
bits; big_integer: one beyond 64 bits. Null is no kind: canonical objects hold none.

The engine tells the structure of a text. It counts long numbers as others, and one key that has
several kinds within a list of objects as one kind: the former are read here, the latter anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb

_INT64 = range(-(2**63), 2**63)
DOUBLE_EXACT = range(-(2**53), 2**53 + 1)
# Whole numbers of 16 digits or more, and lists of empty objects, for which the engine has no word.
_NEEDS_PARSING = r"[^.0-9][0-9]{16}|\[(null,)*\{\}"
_SCALARS = {
    "VARCHAR": {"string"},
    "BIGINT": {"integer"},
    "UBIGINT": {"integer"},
    "DOUBLE": {"float"},
    "BOOLEAN": {"boolean"},
    "NULL": set[str](),
    # The engine's word for {}.
    "JSON": {"object"},
}

Inner = dict[str, set[str]]


class Sighting(NamedTuple):
    """A property that was seen in a group of rows, and how."""

    group: str
    name: str
    kinds: set[str]
    inner: Inner


@dataclass
class Seen:
    """The kinds a property was seen with, and those of the keys inside its objects."""

    kinds: set[str] = field(default_factory=set)
    inner: Inner = field(default_factory=dict)

    def add(self, kinds: Iterable[str], inner: Mapping[str, Iterable[str]]) -> None:
        self.kinds.update(kinds)
        for key, inner_kinds in inner.items():
            self.inner.setdefault(key, set()).update(inner_kinds)


def sightings(
    connection: duckdb.DuckDBPyConnection, *, column: str, group: str
) -> Iterator[Sighting]:
    """What the JSON objects in a column of `batch` hold; `group` is an expression for its rows."""
    parsed = f"regexp_matches({column}, '{_NEEDS_PARSING}')"
    filled = f"batch WHERE {column} IS NOT NULL AND {column} <> '{{}}'"
    yield from _from_structures(connection, column, group, f"{filled} AND NOT {parsed}")
    texts = _distinct(group, column, f"{filled} AND {parsed}")
    for name, text in connection.execute(texts).fetchall():
        for key, value in json.loads(text).items():
            yield Sighting(name, key, _kinds(value), _inner_kinds(value))


def _distinct(group: str, value: str, rows: str) -> str:
    """A query for the different pairs in the order in which the rows first show them."""
    return f"""
        SELECT first, second FROM (
            SELECT {group} AS first, {value} AS second, row_number() OVER () AS place FROM {rows}
        ) GROUP BY ALL ORDER BY min(place)
    """  # noqa: S608  (ours)


def _from_structures(
    connection: duckdb.DuckDBPyConnection, column: str, group: str, rows: str
) -> Iterator[Sighting]:
    with_items: set[str] = set()
    structures = _distinct(group, f"json_structure({column})", rows)
    for name, text in connection.execute(structures).fetchall():
        for key, structure in json.loads(text).items():
            inner = structure.items() if isinstance(structure, dict) else ()
            kinds = _structure_kinds(structure)
            yield Sighting(name, key, kinds, {inside: _structure_kinds(of) for inside, of in inner})
            if "items" in kinds:
                with_items.add(key)
    for key in sorted(with_items):
        yield from _from_items(connection, column, group, rows, key)


def _from_items(
    connection: duckdb.DuckDBPyConnection, column: str, group: str, rows: str, key: str
) -> Iterator[Sighting]:
    """The kinds inside a property's lists of objects, object by object."""
    value = f"json_extract({column}, $pointer)"
    objects = f"""
        SELECT DISTINCT {group}, json_structure(unnest(json_transform({value}, '["JSON"]')))
        FROM {rows} AND starts_with(json_structure({value})::VARCHAR, '[{{')
    """  # noqa: S608  (ours; the property's name is a parameter)
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    for name, text in connection.execute(objects, {"pointer": pointer}).fetchall():
        structure = json.loads(text) if text else None
        # Neither for null nor for {} does the engine tell keys.
        if isinstance(structure, dict):
            inner = {inside: _structure_kinds(of) for inside, of in structure.items()}
            yield Sighting(name, key, {"items"}, inner)


def _structure_kinds(structure: Any) -> set[str]:
    """Kinds in the engine's words: a type, {key: type} or [type]."""
    if isinstance(structure, dict):
        return {"object"}
    if isinstance(structure, list):
        return {"items" if isinstance(structure[0], dict) else "list"}
    return _SCALARS[structure]


def _inner_kinds(value: Any) -> Inner:
    inner: Inner = {}
    objects = value if "items" in _kinds(value) else [value]
    for one in objects:
        if isinstance(one, dict):
            for key, inside in one.items():
                inner.setdefault(key, set()).update(_kinds(inside))
    return inner


def _kinds(value: Any) -> set[str]:
    if value is None:
        return set()
    if isinstance(value, list):
        objects = [item for item in value if item is not None]
        return {"items" if objects and all(isinstance(one, dict) for one in objects) else "list"}
    if isinstance(value, int) and not isinstance(value, bool):
        return {_whole_kind(value)}
    return {{str: "string", bool: "boolean", float: "float", dict: "object"}[type(value)]}


def _whole_kind(value: int) -> str:
    if value in DOUBLE_EXACT:
        return "integer"
    return "long" if value in _INT64 else "big_integer"
