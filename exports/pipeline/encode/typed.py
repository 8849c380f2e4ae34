"""[pure] Properties as typed columns: a type that holds every value that was seen, without loss.

Whole numbers become 64-bit integers, numbers doubles where a double holds them all exactly, lists
lists of texts, objects structs. What no type holds, numbers beyond 64 bits or values of several
kinds, becomes a text: of a list or an object its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from clevertap_partners.eventstore.schema import PropertySchema
from clevertap_partners.eventstore.wanted import literal
from exports.pipeline.encode.cells import by_name

# The engine's word for a type, as json_transform takes it: a text, or texts within {} or [].
Structure = Any
TEXT: Structure = "VARCHAR"
# Fields that one struct is given, and keys of an object that are told apart.
MAX_FIELDS = 400
MAX_INNER_KEYS = 100
_SCALARS: dict[frozenset[str], Structure] = {
    frozenset({"boolean"}): "BOOLEAN",
    frozenset({"integer"}): "BIGINT",
    frozenset({"long"}): "BIGINT",
    frozenset({"integer", "long"}): "BIGINT",
    frozenset({"float"}): "DOUBLE",
    frozenset({"float", "integer"}): "DOUBLE",
    frozenset({"list"}): [TEXT],
}
_ARROW = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class TypedProperty:
    """A property's name, its name as a column, and its type in the engine's words.

    Readers of such files take names for the same that differ in case alone, so the second of two
    gets a number.
    """

    name: str
    column: str
    structure: Structure

    @property
    def arrow_type(self) -> pa.DataType:
        return arrow_type(self.structure)


def typed_properties(
    properties: Iterable[PropertySchema], *, as_texts: bool, taken: Iterable[str] = ()
) -> list[TypedProperty]:
    """All properties, by name. `taken` are the names that other columns have."""
    columns = {name.casefold() for name in taken}
    typed = []
    for known in by_name(properties):
        column = _free_name(known.name, columns)
        columns.add(column.casefold())
        typed.append(TypedProperty(known.name, column, TEXT if as_texts else _structure(known)))
    return typed


def _free_name(name: str, taken: set[str]) -> str:
    numbered = (f"{name}_{number}" if number > 1 else name for number in range(1, len(taken) + 2))
    return next(candidate for candidate in numbered if candidate.casefold() not in taken)


def _structure(known: PropertySchema) -> Structure:
    kinds = frozenset(known.kinds)
    if kinds in ({"object"}, {"items"}) and _can_be_struct(known.inner):
        inside = {key: _SCALARS.get(frozenset(of), TEXT) for key, of in known.inner.items()}
        return [inside] if kinds == {"items"} else inside
    return _SCALARS.get(kinds, TEXT)


def _can_be_struct(inner: Mapping[str, Sequence[str]]) -> bool:
    if not inner or len(inner) > MAX_INNER_KEYS:
        return False
    return all(inner) and len({key.casefold() for key in inner}) == len(inner)


def arrow_type(structure: Structure) -> pa.DataType:
    """The Arrow type of what the engine gives for a structure."""
    if isinstance(structure, list):
        return pa.list_(arrow_type(structure[0]))
    if isinstance(structure, dict):
        return pa.struct([pa.field(key, arrow_type(of)) for key, of in structure.items()])
    return _ARROW[structure]


def transform(column: str, structure: Structure) -> str:
    """SQL for a struct of the values of a JSON object; what is not there is null."""
    return f"json_transform({column}, {literal(json.dumps(structure, ensure_ascii=False))})"


def transforms(column: str, typed: Sequence[TypedProperty]) -> list[str]:
    """SQL for structs that hold all properties between them: one, unless names differ in case or
    are very many, since the engine makes room for 2,048 values of each.
    """
    rounds: list[dict[str, Structure]] = []
    folded: list[set[str]] = []
    for one in typed:
        name = one.name.casefold()
        free = (number for number, names in enumerate(folded) if _fits(name, names))
        number = next(free, len(rounds))
        if number == len(rounds):
            rounds.append({})
            folded.append(set())
        rounds[number][one.name] = one.structure
        folded[number].add(name)
    return [transform(column, names) for names in rounds]


def _fits(name: str, names: set[str]) -> bool:
    return name not in names and len(names) < MAX_FIELDS


def columns_of(structs: Sequence[pa.StructArray], typed: Sequence[TypedProperty]) -> list[pa.Array]:
    """The properties' columns out of what `transforms` gave."""
    found = {
        struct.type.field(number).name: values
        for struct in structs
        for number, values in enumerate(struct.flatten())
    }
    return [found[one.name] for one in typed]
