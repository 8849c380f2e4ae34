"""[pure] Expressions of the engine that the formats share.

The lake holds canonical JSON text. `json_extract_string` with a list of pointers reads a text once
for all its values; a value that is not there is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from clevertap_partners.eventstore.reader import literal

PROFILE_TEXTS = ("platform", "phone", "name", "email", "push_token")
DEVICE_TEXTS = ("make", "model", "appVersion", "sdkVersion", "osVersion", "browser")
DIMENSIONS = ("width", "height", "unit")
# The columns of `profile_values` and `device_values`, in their order.
PROFILE_POINTERS = ("/all_identities", *(f"/{key}" for key in PROFILE_TEXTS))
DEVICE_POINTERS = (
    *(f"/{key}" for key in (*DEVICE_TEXTS, "dpi")),
    *(f"/dimensions/{key}" for key in DIMENSIONS),
)
PROFILE_VALUES = "profile_values"
DEVICE_VALUES = "device_values"


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
