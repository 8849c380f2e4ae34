"""[pure] Properties as cells of a table: which cells a property makes, and what is in them.

A list is `[a, b]`; a list of objects is one cell for each key inside, `<name>|<key>`. Where a
property has values of several kinds, only their JSON text tells a list from a text that looks so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clevertap_partners.eventstore.schema import PropertySchema
from clevertap_partners.eventstore.wanted import literal
from exports.pipeline.encode import sql

# Keys inside a property's lists of objects that have cells of their own; more stay in one cell.
MAX_INNER_KEYS = 100
# Kinds whose texts are never quoted.
_BARE_KINDS = frozenset({"integer", "long", "big_integer", "float", "boolean"})


@dataclass(frozen=True)
class Cell:
    """A cell of the property at `place`, counted from 1 in the order of names.

    `inside` is a key inside its lists of objects; None for the property's own cell. `all_in_one`:
    the own cell shows such lists too, because their keys have no cells.
    """

    name: str
    place: int
    kinds: frozenset[str]
    inside: str | None = None
    all_in_one: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it shows the property's text as it is."""
        return self.inside is None and self.kinds.isdisjoint({"list", "items"})

    @property
    def is_bare(self) -> bool:
        """Whether it never holds a comma, a quote or a line break."""
        return self.is_plain and self.kinds <= _BARE_KINDS

    @property
    def is_list(self) -> bool:
        return not self.is_plain

    def text(self, text: str, as_json: str) -> str:
        """SQL for what it shows, from the property's text and, where that is not enough, JSON."""
        if self.is_plain:
            return text
        if len(self.kinds) == 1:
            return _listed(text) if self.inside is None else _inside(text, self.inside)
        if self.inside is not None:
            return _inside(f"if({_is_items(as_json)}, {as_json}, NULL)", self.inside)
        other = f"if(starts_with({as_json}, '['), {_listed(as_json)}, {text})"
        if "items" in self.kinds and not self.all_in_one:
            return f"if({_is_items(as_json)}, NULL, {other})"
        return other


def by_name(properties: Iterable[PropertySchema]) -> list[PropertySchema]:
    return sorted(properties, key=lambda known: known.name)


def cells_of(properties: Iterable[PropertySchema], taken: set[str] | None = None) -> list[Cell]:
    """The cells of all properties, by name. No name is twice, nor in `taken`, which grows."""
    ordered = by_name(properties)
    taken = set() if taken is None else taken
    taken |= {known.name for known in ordered}
    return [cell for place, known in enumerate(ordered, 1) for cell in _of(known, place, taken)]


def is_ambiguous(known: PropertySchema) -> bool:
    """Whether a text alone does not tell what kind of value it is, where it matters."""
    return len(known.kinds) > 1 and not {"list", "items"}.isdisjoint(known.kinds)


def _of(known: PropertySchema, place: int, taken: set[str]) -> list[Cell]:
    kinds = frozenset(known.kinds)
    too_many = len(known.inner) > MAX_INNER_KEYS
    inner = known.inner if "items" in kinds and not too_many else ()
    own = Cell(known.name, place, kinds, all_in_one=too_many)
    inside = [Cell(_free(f"{known.name}|{key}", taken), place, kinds, key) for key in inner]
    return inside if kinds == {"items"} and inner else [own, *inside]


def _free(name: str, taken: set[str]) -> str:
    """The name, with so many bars at its end that nobody else has it."""
    while name in taken:
        name += "|"
    taken.add(name)
    return name


def _listed(as_json: str) -> str:
    """`[a, b]` for a JSON list."""
    return _in_brackets(
        f"""list_transform(from_json({as_json}, '["VARCHAR"]'),
        lambda value: coalesce(value, 'null'))"""
    )


def _inside(as_json: str, key: str) -> str:
    """`[a, b]` for what a JSON list of objects has under a key; null when none of them has it."""
    values = f"""list_transform(from_json({as_json}, '["JSON"]'),
        lambda one: json_extract_string(one, {literal(sql.pointer(key))}))"""
    texts = _in_brackets("list_transform(found, lambda value: coalesce(value, ''))")
    return sql.let("found", values, f"if(list_count(found) = 0, NULL, {texts})")


def _in_brackets(texts: str) -> str:
    return f"'[' || array_to_string({texts}, ', ') || ']'"


def _is_items(as_json: str) -> str:
    """Whether a JSON text is a list of nothing but objects and nulls, with one object at least."""
    values = (
        f"""from_json(if(starts_with({as_json}, '['), {as_json}, '[]'), '["JSON"]')::VARCHAR[]"""
    )
    others = "list_filter(parts, lambda one: one <> 'null' AND NOT starts_with(one, '{'))"
    objects = "list_filter(parts, lambda one: starts_with(one, '{'))"
    return sql.let("parts", values, f"(len({objects}) > 0 AND len({others}) = 0)")
