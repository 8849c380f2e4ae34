from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import duckdb
import pytest

from clevertap_partners.eventstore import memo as memo_module
from clevertap_partners.eventstore.memo import Memo, Memos

SHOUTED = Memo("shouted", "word", "upper(value) || '!'")
WORDS = ["it's", "भारत 😀", "a", "b"]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as opened:
        opened.execute("CREATE TABLE rows (word VARCHAR)")
        opened.executemany("INSERT INTO rows VALUES (?)", [[word] for word in [*WORDS, *WORDS]])
        opened.execute("INSERT INTO rows VALUES (NULL), ('')")
        yield opened


def prepared(connection: duckdb.DuckDBPyConnection) -> Memos:
    return Memos(connection, [SHOUTED], lambda: connection.cursor().table("rows"))


def results(cursor: duckdb.DuckDBPyConnection, where: str = "true") -> list[str | None]:
    found = cursor.execute(f"SELECT shouted(word) FROM rows WHERE {where}").fetchall()
    return [value for (value,) in found]


EXPECTED = [*("IT'S!", "भारत 😀!", "A!", "B!") * 2, None, "!"]


def test_each_row_gets_what_the_expression_gives(connection: duckdb.DuckDBPyConnection) -> None:
    cursor = prepared(connection).bring(connection.cursor())
    assert results(cursor) == EXPECTED


def test_each_cursor_gets_its_own_results(connection: duckdb.DuckDBPyConnection) -> None:
    memos = prepared(connection)
    cursors = [memos.bring(connection.cursor()) for _ in range(3)]
    assert [results(cursor) for cursor in cursors] == [EXPECTED] * 3


@pytest.mark.parametrize("limit", ["MAX_VALUES", "MAX_BYTES"])
def test_too_many_values_are_computed_row_by_row(
    limit: str, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memo_module, limit, 2)
    cursor = prepared(connection).bring(connection.cursor())
    kinds = connection.execute("FROM duckdb_types() WHERE type_name = 'shouted_kind'").fetchall()
    assert not kinds
    assert results(cursor) == EXPECTED


def test_a_value_without_a_result_is_an_error_not_a_null(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    prepared(connection)
    cursor_that_was_not_brought_any = connection.cursor()
    with pytest.raises(duckdb.Error, match="No memo of a"):
        results(cursor_that_was_not_brought_any, "word = 'a'")


def test_a_value_that_came_later_is_an_error(connection: duckdb.DuckDBPyConnection) -> None:
    cursor = prepared(connection).bring(connection.cursor())
    connection.execute("INSERT INTO rows VALUES ('late')")
    with pytest.raises(duckdb.Error):
        results(cursor)


def test_nothing_but_nulls_is_nothing_but_nulls(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DELETE FROM rows WHERE word IS NOT NULL")
    cursor = prepared(connection).bring(connection.cursor())
    assert results(cursor) == [None]
