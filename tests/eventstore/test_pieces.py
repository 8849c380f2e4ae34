from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import duckdb
import pyarrow as pa
import pytest

from clevertap_partners.eventstore import pieces
from clevertap_partners.eventstore.merge import LakeUnsorted
from clevertap_partners.eventstore.pieces import encoded_in_pieces, rows_within
from clevertap_partners.eventstore.query import Query

TWICE = Query(["text || text AS line", "line || '!' AS line"])


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect(config={"threads": 1})) as opened:
        yield opened


def batch(*numbers: int, width: int = 1) -> pa.RecordBatch:
    return pa.record_batch({"n": numbers, "text": [str(n) * width for n in numbers]})


def read(
    cursor: duckdb.DuckDBPyConnection, batches: Iterator[pa.RecordBatch]
) -> list[tuple[int, str]]:
    found = encoded_in_pieces(cursor, batches, TWICE, ["n"], 100)
    return [(row["n"], row["line"]) for one in found for row in one.to_pylist()]


def test_rows_come_out_in_the_order_in_which_they_came(cursor: duckdb.DuckDBPyConnection) -> None:
    rows = read(cursor, iter([batch(3, 1), batch(2)]))
    assert rows == [(3, "33!"), (1, "11!"), (2, "22!")]


def test_large_rows_go_in_one_by_one(
    cursor: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE_BYTES", 50)
    rows = read(cursor, iter([batch(*range(10), width=40)]))
    assert rows == [(n, str(n) * 80 + "!") for n in range(10)]


def test_no_rows_are_no_rows(cursor: duckdb.DuckDBPyConnection) -> None:
    assert read(cursor, iter([])) == []


@pytest.mark.parametrize("good", [0, 1, 3])
def test_what_goes_wrong_while_reading_is_raised_as_it_was(
    good: int, cursor: duckdb.DuckDBPyConnection
) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        for n in range(good):
            yield batch(n)
        raise LakeUnsorted("backwards")

    with pytest.raises(LakeUnsorted, match="backwards"):
        read(cursor, broken())


def test_an_error_of_the_expression_is_the_engines(cursor: duckdb.DuckDBPyConnection) -> None:
    query = Query(["error(text) AS line"])
    with pytest.raises((duckdb.Error, OSError), match="7"):
        list(encoded_in_pieces(cursor, iter([batch(7)]), query, ["n"], 100))


@pytest.mark.parametrize(("width", "rows"), [(0, 8), (1, 8), (25, 4), (1_000, 1)])
def test_rows_within_a_limit_are_at_least_one_and_not_too_many(width: int, rows: int) -> None:
    assert rows_within(100, width, 8) == rows
