from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
from typing import Any

import pyarrow as pa
import pytest

from clevertap_partners.core.csv_text import csv_lines
from imports.failed_text import as_texts, description_name, json_values, ndjson_lines

UTC = datetime.UTC
AT_AND_RAW = pa.struct({"at": pa.date32(), "raw": pa.binary()})


def array(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array([*values, None], kind)


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (array(["a", ""], pa.string()), ["a", ""]),
        (array(["b"], pa.large_string()), ["b"]),
        (array([b"\x00\xff"], pa.binary()), ["AP8="]),
        (array([True, False], pa.bool_()), ["true", "false"]),
        (array([-(2**63)], pa.int64()), ["-9223372036854775808"]),
        (array([0.5, float("nan"), float("-inf")], pa.float64()), ["0.5", "nan", "-inf"]),
        (array([decimal.Decimal("12.500000000")], pa.decimal128(38, 9)), ["12.5"]),
        (
            array([decimal.Decimal(0), decimal.Decimal("-1E-9")], pa.decimal128(38, 9)),
            ["0", "-0.000000001"],
        ),
        (array([decimal.Decimal("1E-38"), decimal.Decimal(10) ** 37], pa.decimal256(76, 38)),
         [f"0.{'0' * 37}1", f"1{'0' * 37}"]),
        (array([[decimal.Decimal(0)]], pa.list_(pa.decimal128(38, 9))), ['["0"]']),
        (array([decimal.Decimal("7")], pa.decimal256(76, 38)), ["7"]),
        (array([decimal.Decimal("100")], pa.decimal128(5, 0)), ["100"]),
        (array([datetime.date(1, 1, 1)], pa.date32()), ["0001-01-01"]),
        (array([datetime.time(9, 30)], pa.time64("us")), ["09:30:00"]),
        (
            array([datetime.datetime(2026, 11, 22, 9, 0, 0, 120_000)], pa.timestamp("us")),
            ["2026-11-22 09:00:00.12"],
        ),
        (
            array([datetime.datetime(9999, 12, 31, 23, tzinfo=UTC)], pa.timestamp("us", "UTC")),
            ["9999-12-31 23:00:00 UTC"],
        ),
        (array([["x", None]], pa.list_(pa.string())), ['["x", null]']),
        (
            array([{"at": datetime.date(2026, 1, 2), "raw": b"\x00"}], AT_AND_RAW),
            ['{"at": "2026-01-02", "raw": "AA=="}'],
        ),
        (array([pa.MonthDayNano([1, 2, 3])], pa.month_day_nano_interval()), None),
        (pa.nulls(1), []),
    ],
)  # fmt: skip
def test_a_value_of_every_type_has_a_text(column: pa.Array, texts: list[str] | None) -> None:
    found = as_texts(column)
    assert found.type == pa.string()
    assert found[-1].as_py() is None
    if texts is not None:
        assert found.to_pylist()[:-1] == texts


def test_json_keeps_numbers_and_booleans_and_writes_the_rest_as_text() -> None:
    assert json_values(array([2**60], pa.int64())) == [2**60, None]
    assert json_values(array([True], pa.bool_())) == [True, None]
    assert json_values(array([1.5, float("nan")], pa.float64())) == [1.5, "nan", None]
    money = array([decimal.Decimal("0.10")], pa.decimal128(5, 2))
    assert json_values(money) == ["0.1", None]
    kind = pa.struct({"n": pa.list_(pa.float64()), "b": pa.binary()})
    nested = array([{"n": [1.0, float("inf")], "b": b"\x00"}], kind)
    assert json_values(nested) == [{"n": [1.0, "inf"], "b": "AA=="}, None]
    assert json_values(pa.nulls(1)) == [None]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=SUM(A1)", "'=SUM(A1)"),
        ("+cmd", "'+cmd"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("+491512345", "+491512345"),
        ("-12.5e3", "-12.5e3"),
        ("a=b", "a=b"),
        (None, ""),
    ],
)
def test_a_spreadsheet_takes_no_text_for_a_formula(value: str | None, cell: str) -> None:
    assert next(csv.reader(io.StringIO(csv_lines([[value, "x"]]), newline=""))) == [cell, "x"]


def test_cells_survive_commas_quotes_and_line_breaks() -> None:
    row = ['a "quoted", one', "two\nlines", "कार्ट / 🛒"]
    assert list(csv.reader(io.StringIO(csv_lines([row]), newline=""))) == [row]


def test_a_line_of_ndjson_is_an_object() -> None:
    lines = ndjson_lines([{"a": "two\nlines"}, {"a": None}])
    assert [json.loads(line) for line in lines.splitlines()] == [{"a": "two\nlines"}, {"a": None}]


def test_the_description_never_takes_the_name_of_a_column() -> None:
    assert description_name(["a"]) == "Failure Description"
    assert description_name(["failure description", "Failure Description 2"]) == (
        "Failure Description 3"
    )
