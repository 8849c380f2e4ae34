"""[pure] Expressions of the engine that the formats share.

The lake holds canonical JSON text. `json_extract_string` with a list of pointers reads a text once
for all its values; a value that is not there is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from clevertap_partners.eventstore.schema import EventSchema
from clevertap_partners.eventstore.wanted import literal

PROFILE_TEXTS = ("platform", "phone", "name", "email", "push_token")
DEVICE_TEXTS = ("make", "model", "appVersion", "sdkVersion", "osVersion", "browser")
DIMENSIONS = ("width", "height", "unit")
# What is taken out of a profile and a device, in this order.
PROFILE_POINTERS = ("/all_identities", *(f"/{key}" for key in PROFILE_TEXTS))
DEVICE_POINTERS = (
    *(f"/{key}" for key in (*DEVICE_TEXTS, "dpi")),
    *(f"/dimensions/{key}" for key in DIMENSIONS),
)
# Properties that one query may name.
MAX_PROPERTIES = 2_000


def pointer(name: str) -> str:
    """A JSON pointer (RFC 6901) to a key of the object."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def texts_at(column: str, pointers: Iterable[str]) -> str:
    """A list of texts, one for each pointer; numbers and booleans as written, objects as JSON."""
    return f"json_extract_string({column}, {_list(pointers)})"


def json_at(column: str, pointers: Iterable[str]) -> str:
    """A list of JSON texts, one for each pointer."""
    return f"json_extract({column}, {_list(pointers)})::VARCHAR[]"


def item(values: str, pointers: Sequence[str], wanted: str) -> str:
    """The value for one of the pointers that `values` was made with."""
    return f"{values}[{pointers.index(wanted) + 1}]"


def by_event(expressions: Mapping[str, str]) -> str:
    """The expression for the row's event, found by halving: the rows come sorted by name.

    Every event of the rows has to have one.
    """
    names = sorted(expressions, key=str.encode)
    return _halved([(name, expressions[name]) for name in names])


def _halved(cases: list[tuple[str, str]]) -> str:
    if len({expression for _, expression in cases}) == 1:
        return cases[0][1]
    middle = len(cases) // 2
    bound = literal(cases[middle][0])
    before, after = _halved(cases[:middle]), _halved(cases[middle:])
    return f"CASE WHEN event_name < {bound} THEN {before} ELSE {after} END"


def groups(schemas: Mapping[str, EventSchema]) -> Iterator[dict[str, EventSchema]]:
    """The events in the order of the lake, so many at a time as one query can name properties of.

    The engine takes about a tenth of a millisecond and some kilobytes for each.
    """
    group: dict[str, EventSchema] = {}
    count = 0
    for name in sorted(schemas, key=str.encode):
        size = len(schemas[name].event_props) + len(schemas[name].session_props)
        if group and count + size > MAX_PROPERTIES:
            yield group
            group, count = {}, 0
        group[name] = schemas[name]
        count += size
    if group:
        yield group


def ends(group: Mapping[str, EventSchema]) -> tuple[str, str]:
    """The first and the last event of a group."""
    first, *_ = group
    *_, last = group
    return first, last


def most(group: Mapping[str, EventSchema]) -> int:
    """The properties of the event that has most of them."""
    return max(len(of.event_props) + len(of.session_props) for of in group.values())


def concat(parts: Iterable[str]) -> str:
    """Texts end to end; nulls are skipped. One call, because each `||` copies what is before it."""
    return f"concat({', '.join(parts)})"


def let(name: str, value: str, expression: str) -> str:
    """The expression, in which `name` stands for a value that is computed once."""
    return f"list_transform([{value}], lambda {name}: {expression})[1]"


def identity(identifiers: Sequence[str], columns: Mapping[str, str]) -> str:
    """The first identifier that is not empty, null when all are; `columns` says where each is."""
    known = ", ".join(f"nullif({columns[key]}, '')" for key in identifiers)
    return f"coalesce({known})"


def event_identity(identifiers: Sequence[str]) -> str:
    """The identity of an event, over the lake's columns."""
    return identity(
        identifiers,
        {
            "identity": "identity",
            "email": "json_extract_string(profile, '/email')",
            "phone": "json_extract_string(profile, '/phone')",
        },
    )


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(literal(text) for text in texts)}]"
