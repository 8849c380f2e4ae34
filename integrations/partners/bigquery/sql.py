"""[pure] The SQL that imports run: written from names and one statement, quoted safely."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from clevertap_partners.core.faults import error
from integrations.partners.bigquery import faults
from integrations.warehouse import CursorBound, Query

# What may hold a semicolon that ends nothing, and a semicolon that does.
_TOKEN = re.compile(
    r"""(?P<skip>--[^\n]*|\#[^\n]*|/\*.*?\*/)
    |(?P<text>\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}
        |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)
    |(?P<end>;)""",
    re.VERBOSE | re.DOTALL,
)
_ALL_OF = "SELECT * FROM "
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_FIRST = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
_LAST = datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC)


def quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("`", "\\`").replace("\n", "\\n")
    return f"`{escaped}`"


def one_statement(sql: str) -> str:
    """The text without what follows its only statement; places in it stay as they are.

    Raises PermanentError `sql_not_one_select`.
    """
    end = None
    for token in _TOKEN.finditer(sql):
        if token["end"] and end is None:
            end = token.start()
    statement, rest = (sql, "") if end is None else (sql[:end], sql[end:])
    if says_something(rest):
        raise error(faults.SQL_NOT_ONE_SELECT, kind="more than one statement")
    if not says_something(statement):
        raise error(faults.SQL_NOT_ONE_SELECT, kind="an empty text")
    return statement


def says_something(sql: str) -> bool:
    without_comments = _TOKEN.sub(lambda token: token["text"] or "", sql)
    return bool(without_comments.strip())


def source_text(query: Query, project_id: str, dataset_id: str) -> str:
    """All that the query's source holds, as one statement."""
    if query.sql:
        return one_statement(query.sql)
    return all_of(query.table, project_id, dataset_id)


def all_of(table: str, project_id: str, dataset_id: str) -> str:
    path = ".".join(map(quoted, (project_id, dataset_id, table)))
    return f"{_ALL_OF}{path}"


def final_text(query: Query, source: str, types: dict[str, str]) -> str:
    """The columns and rows that are wanted. `types` are those of the source's columns."""
    if not query.columns and query.bound is None:
        return source
    text = f"SELECT {names(query.columns)} FROM {inner(query, source)}"  # noqa: S608  (quoted)
    if query.bound is None:
        return text
    return f"{text} WHERE {condition(query.bound, types[query.bound.column.lower()])}"


def inner(query: Query, source: str) -> str:
    """A table as it is; a statement on lines of its own, as it may end in a comment."""
    return source.removeprefix(_ALL_OF) if query.table else f"(\n{source}\n)"


def names(columns: Sequence[str]) -> str:
    return ", ".join(map(quoted, columns)) or "*"


def some_of(text: str, *, rows: int, at_random: bool) -> str:
    order = " ORDER BY RAND()" if at_random else ""
    return f"SELECT * FROM (\n{text}\n){order} LIMIT {int(rows)}"  # noqa: S608  (made here)


def condition(bound: CursorBound, column_type: str) -> str:
    """Whether a row is at the bound or later, or says no time that can be compared."""
    name = quoted(bound.column)
    if column_type in {"DATE", "DATETIME", "TIMESTAMP"}:
        return f"({name} >= {moment_literal(bound.low_us, column_type)} OR {name} IS NULL)"
    low = bound.low_us // (1_000 if bound.kind == "epoch_ms" else 1_000_000)
    if column_type == "FLOAT64":
        return f"({name} >= {low} OR {name} IS NULL OR IS_NAN({name}))"
    if column_type in {"INT64", "NUMERIC", "BIGNUMERIC"}:
        return f"({name} >= {low} OR {name} IS NULL)"
    # Of a type that cannot be compared: everything, and the reader drops what is too early.
    return "TRUE"


def moment_literal(low_us: int, column_type: str) -> str:
    moment = moment_of(low_us)
    if column_type == "TIMESTAMP":
        return f"TIMESTAMP '{moment.isoformat(sep=' ', timespec='microseconds')}'"
    # A date and a date-time are of no zone: the reader takes them for UTC.
    if column_type == "DATE":
        return f"DATE '{moment.date().isoformat()}'"
    naive = moment.replace(tzinfo=None)
    return f"DATETIME '{naive.isoformat(sep=' ', timespec='microseconds')}'"


def moment_of(low_us: int) -> datetime.datetime:
    """Never outside the years that BigQuery knows."""
    low_us = max(low_us, (_FIRST - _EPOCH) // datetime.timedelta(microseconds=1))
    low_us = min(low_us, (_LAST - _EPOCH) // datetime.timedelta(microseconds=1))
    return _EPOCH + datetime.timedelta(microseconds=low_us)
