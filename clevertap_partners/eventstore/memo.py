"""[pure] Expressions over a column of few different values, computed once for each of these.

A day has millions of events and some hundred kinds of devices. The engine is given each kind's
result beforehand, and a row's is then one lookup, which keeps the rows in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

# Beyond this many different values, or bytes if all were as long as the longest, each row is
# computed as it comes.
MAX_VALUES = 20_000
MAX_BYTES = 16_000_000


@dataclass(frozen=True)
class Memo:
    """`name(column)` in a select list stands for `expression`, which is over `value`."""

    name: str
    column: str
    expression: str


class Memos:
    """Memos of the rows that are about to be read: known to a database, brought to its cursors."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        memos: Sequence[Memo],
        rows: Callable[[], duckdb.DuckDBPyRelation],
    ) -> None:
        self._looked_up: list[Memo] = []
        for memo in memos:
            values = _different(rows, memo.column)
            if values:
                self._looked_up.append(memo)
                _define_kind(connection, memo, values)
            body = _lookup(memo) if values else memo.expression
            connection.execute(f"CREATE OR REPLACE MACRO {memo.name}(value) AS {body}")

    def bring(self, cursor: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """The cursor, with the results computed where it needs them: variables are its own."""
        for memo in self._looked_up:
            cursor.execute(
                f"""SET VARIABLE {memo.name}_results = (
                    SELECT list({memo.expression} ORDER BY value::{memo.name}_kind)
                    FROM (SELECT unnest(enum_range(NULL::{memo.name}_kind))::VARCHAR AS value)
                )"""  # noqa: S608  (names and expressions are the product's own)
            )
        return cursor


def _different(rows: Callable[[], duckdb.DuckDBPyRelation], column: str) -> list[str]:
    """The different values of the column; none of them when they are too many."""
    measured = rows().aggregate(f"approx_count_distinct({column}), max(strlen({column}))")
    count, longest = measured.fetchall()[0]
    if count > MAX_VALUES or count * (longest or 0) > MAX_BYTES:
        return []
    values = rows().project(column).distinct().fetchall()
    return sorted(value for (value,) in values if value is not None)


def _define_kind(connection: duckdb.DuckDBPyConnection, memo: Memo, values: list[str]) -> None:
    """A type whose values these are, so that the engine finds the place of each by its hash."""
    connection.execute("SET VARIABLE known_values = $values", {"values": values})
    connection.execute(
        f"CREATE OR REPLACE TYPE {memo.name}_kind AS ENUM "
        "(SELECT unnest(getvariable('known_values')::VARCHAR[]))"
    )


def _lookup(memo: Memo) -> str:
    """SQL for the result at the value's place. A value without one must not pass for a null."""
    result = f"getvariable('{memo.name}_results')[enum_code(value::{memo.name}_kind) + 1]"
    return f"if(value IS NULL, NULL, coalesce({result}, error(concat('No memo of ', value))))"
