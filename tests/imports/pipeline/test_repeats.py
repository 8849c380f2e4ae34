"""Columns with few different values come out as if each value had been read by itself."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports import row_faults as faults
from imports.pipeline.dates import read_seconds
from imports.pipeline.numbers import number_texts, read_number
from imports.pipeline.reading import Read
from imports.pipeline.repeats import read_once, texts_once
from imports.pipeline.zones import DAY
from tests.imports.pipeline.sources import UTC

ROWS = 20_000


def test_each_value_is_read_once_where_few_are_different() -> None:
    seen: list[int] = []

    def read(values: pa.Array) -> Read:
        seen.append(len(values))
        return Read(values)

    column = pa.array([f"{row % 7}" for row in range(ROWS)])
    assert read_once(column, read).values.equals(column)
    assert seen == [7]


def test_a_column_of_different_values_is_read_as_it_is() -> None:
    column = pa.array([f"{row}" for row in range(ROWS)])
    assert texts_once(column, lambda values: values) is column


def test_wrong_rows_and_nulls_keep_their_places() -> None:
    texts = ["02/01/1970", None, "1970-01-02"]
    found = read_seconds(pa.array(texts * ROWS), "dd/MM/yyyy", UTC)
    assert found.values.to_pylist() == [DAY + 1, None, None] * ROWS
    (wrong,) = found.wrong
    assert wrong.code == faults.DATE_FORMAT
    assert wrong.rows.to_pylist() == [False, False, True] * ROWS


def test_numbers_are_spelled_as_in_a_small_column() -> None:
    values = [0.0, -0.0, 1.5, None, 1e300, 12345.678]
    small = number_texts(read_number(pa.array(values)).values).to_pylist()
    large = number_texts(read_number(pa.array(values * ROWS)).values)
    assert large.to_pylist() == small * ROWS
    assert small[:2] == ["0.0", "-0.0"]


def test_a_slice_of_a_column_is_read_by_its_own_rows() -> None:
    column = pa.array([row % 5 for row in range(3 * ROWS)]).slice(ROWS + 1, ROWS)
    texts = texts_once(column, lambda values: values.cast(pa.string()))
    assert texts.equals(pc.cast(column, pa.string()))
