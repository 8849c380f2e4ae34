"""The emulator's errors in Google's words: DuckDB, which runs the SQL, has words of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

from clevertap_partners.sandbox.gateway.bigquery import sql

Words = Callable[[re.Match[str], str], str]
_FOREIGN = re.compile(
    r"(Binder|Parser|Catalog|Conversion|Invalid Input|Not implemented|Out of Range|Constraint|"
    r"Internal|TransactionContext|Transaction|INTERNAL|Permission) Error|duckdb|sqlglot|LINE 1:",
    re.IGNORECASE,
)
# Types as DuckDB says them, and as Google does.
_TYPES = {
    "BIGINT": "INT64",
    "INTEGER": "INT64",
    "INTEGER_LITERAL": "INT64",
    "VARCHAR": "STRING",
    "STRING_LITERAL": "STRING",
    "DOUBLE": "FLOAT64",
    "BOOLEAN": "BOOL",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "TIMESTAMP": "DATETIME",
    "BLOB": "BYTES",
}


def google_words(message: str, text: str) -> str:
    """What Google would have said of the SQL text."""
    for pattern, words in _KNOWN:
        found = pattern.search(message)
        if found:
            return words(found, text)
    if _FOREIGN.search(message):
        return "Query error: The statement is not valid at [1:1]"
    return message


def _unknown_name(found: re.Match[str], text: str) -> str:
    name = sql.as_typed(text, found["name"])
    return f"Unrecognized name: {name} at {sql.position(text, name)}"


def _unknown_inside(found: re.Match[str], text: str) -> str:
    name, inside = sql.as_typed(text, found["name"]), sql.as_typed(text, found["inside"])
    return f"Name {name} not found inside {inside} at {sql.position(text, name)}"


def _unknown_function(found: re.Match[str], text: str) -> str:
    name = sql.as_typed(text, found["name"])
    return f"Function not found: {name} at {sql.position(text, name)}"


def _ambiguous(found: re.Match[str], text: str) -> str:
    name = sql.as_typed(text, found["name"])
    return f"Column name {name} is ambiguous at {sql.position(text, name)}"


def _not_grouped(found: re.Match[str], text: str) -> str:
    name = sql.as_typed(text, found["name"])
    where = sql.position(text, name)
    return (
        f"SELECT list expression references column {name} which is neither grouped nor aggregated "
        f"at {where}"
    )


def _no_signature(found: re.Match[str], text: str) -> str:
    name = sql.as_typed(text, found["name"]).upper()
    types = ", ".join(_google_type(one) for one in found["types"].split(", "))
    kind = "function" if name.replace("_", "").isalnum() else "operator"
    where = sql.position(text, name)
    return f"No matching signature for {kind} {name} for argument types: {types} at {where}"


def _unexpected(found: re.Match[str], text: str) -> str:
    return f'Syntax error: Unexpected "{found["name"]}" at {sql.position(text, found["name"])}'


def _bad_value(found: re.Match[str], _text: str) -> str:
    kind = _google_type(found["type"]).lower().replace("float64", "double")
    return f"Bad {kind} value: {found['value']}"


def _google_type(name: str) -> str:
    return _TYPES.get(name.strip().upper(), name.strip().upper())


_KNOWN: tuple[tuple[re.Pattern[str], Words], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), words)
    for pattern, words in (
        (r'Referenced column "(?P<name>[^"]+)" not found', _unknown_name),
        (r'Referenced table "(?P<name>[^"]+)" not found', _unknown_name),
        (
            r'(?:Table|list) "(?P<inside>[^"]+)" does not have a column named "(?P<name>[^"]+)"',
            _unknown_inside,
        ),
        (r"Could not find key \"(?P<name>[^\"]+)\" in struct", _unknown_name),
        (r"Function not found: `?(?P<name>\w+)", _unknown_function),
        (r"Function with name \"?(?P<name>\w+)\"? does not exist", _unknown_function),
        (r'Ambiguous reference to column name "(?P<name>[^"]+)"', _ambiguous),
        (r'column "(?P<name>[^"]+)" must appear in the GROUP BY', _not_grouped),
        (r"argument types '(?P<name>[^(']+)\((?P<types>[^)']*)\)'", _no_signature),
        (r'function call "(?P<name>[^("]+)\((?P<types>[^)"]*)\)"', _no_signature),
        (r'syntax error at or near "(?P<name>[^"]+)"', _unexpected),
        (r"Could not convert string '(?P<value>.*?)' to (?P<type>\w+)", _bad_value),
        (
            r"invalid (?P<type>timestamp|date|time) field format: \"(?P<value>[^\"]*)\"",
            lambda found, _: f"Invalid {found['type'].lower()}: '{found['value']}'",
        ),
        (r"division by zero", lambda *_: "division by zero"),
        (r"Overflow in \w+ of INT", lambda *_: "int64 overflow"),
    )
)
