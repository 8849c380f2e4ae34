"""Each type of a property takes what it should, and names the fault of the rest."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from imports import row_faults as faults
from imports.mapping import BOOLEAN, FLOAT, INTEGER, LONG, STRING
from tests.imports.pipeline.sources import TYPES, one_property

MAX_LONG = 2**63 - 1
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("kind", "type_", "value", "stored"),
    [
        ("STRING", STRING, "", '""'),
        ("STRING", STRING, "a" * 5000, f'"{"a" * 5000}"'),
        ("INT64", STRING, -5, '"-5"'),
        ("FLOAT64", STRING, 5.0, '"5.0"'),
        ("NUMERIC", STRING, Decimal("12.500"), '"12.5"'),
        ("NUMERIC", STRING, Decimal(100), '"100"'),
        ("BIGNUMERIC", STRING, Decimal("1e-38"), f'"0.{"0" * 37}1"'),
        ("BIGNUMERIC", STRING, Decimal(10) ** 37, f'"1{"0" * 37}"'),
        ("BOOL", STRING, True, '"true"'),
        ("BYTES", STRING, b"\xff\x00", '"/wA="'),
        ("DATE", STRING, datetime.date(2024, 2, 29), '"2024-02-29"'),
        ("DATETIME", STRING, datetime.datetime(2024, 1, 2, 3, 4, 5), '"2024-01-02T03:04:05"'),
        ("TIMESTAMP", STRING, 1_500_000, '"1970-01-01T00:00:01.5Z"'),
        ("TIME", STRING, datetime.time(23, 59, 59, 10), '"23:59:59.00001"'),
        ("STRING", INTEGER, " +007 ", "7"),
        ("STRING", LONG, str(-(2**63)), str(-(2**63))),
        ("STRING", LONG, "-0", "0"),
        ("INT64", LONG, MAX_LONG, str(MAX_LONG)),
        ("INT64", INTEGER, -(2**31), str(-(2**31))),
        ("FLOAT64", LONG, -3.0, "-3"),
        ("NUMERIC", LONG, Decimal(MAX_LONG), str(MAX_LONG)),
        ("BIGNUMERIC", INTEGER, Decimal("5.0"), "5"),
        ("INT64", FLOAT, MAX_LONG, f"{MAX_LONG}.0"),
        ("STRING", FLOAT, "-1.50e3", "-1500.0"),
        ("STRING", FLOAT, ".5", "0.5"),
        ("FLOAT64", FLOAT, -0.0, "-0.0"),
        ("BIGNUMERIC", FLOAT, Decimal(10) ** 37, f"1{'0' * 37}.0"),
        ("BOOL", BOOLEAN, False, "false"),
        ("INT64", BOOLEAN, 1, "true"),
        ("STRING", BOOLEAN, "TRUE", "true"),
        ("STRING", BOOLEAN, "0", "false"),
    ],
)
def test_it_stores_the_value(kind: str, type_: str, value: Any, stored: str) -> None:
    assert one_property([value], TYPES[kind], type_) == ([f'{{"p":{stored}}}'], [])


@pytest.mark.parametrize(
    ("kind", "type_", "value", "code"),
    [
        ("STRING", INTEGER, "", faults.NOT_A_WHOLE_NUMBER),
        ("STRING", INTEGER, "1.0", faults.NOT_A_WHOLE_NUMBER),
        ("STRING", INTEGER, "0x1F", faults.NOT_A_WHOLE_NUMBER),
        ("STRING", INTEGER, "1_000", faults.NOT_A_WHOLE_NUMBER),
        ("STRING", INTEGER, "٣", faults.NOT_A_WHOLE_NUMBER),
        ("STRING", INTEGER, "12\n", None),
        ("STRING", INTEGER, "2147483648", faults.INTEGER_OUT_OF_RANGE),
        ("INT64", INTEGER, -(2**31) - 1, faults.INTEGER_OUT_OF_RANGE),
        ("STRING", LONG, str(2**63), faults.LONG_OUT_OF_RANGE),
        ("STRING", LONG, "-" + "9" * 400, faults.LONG_OUT_OF_RANGE),
        ("FLOAT64", LONG, 2.0**63, faults.LONG_OUT_OF_RANGE),
        ("FLOAT64", LONG, 0.5, faults.NOT_A_WHOLE_NUMBER),
        ("FLOAT64", INTEGER, NAN, faults.NOT_FINITE),
        ("NUMERIC", LONG, Decimal("0.000000001"), faults.NOT_A_WHOLE_NUMBER),
        ("BIGNUMERIC", LONG, Decimal(2**63), faults.LONG_OUT_OF_RANGE),
        ("FLOAT64", FLOAT, NAN, faults.NOT_FINITE),
        ("FLOAT64", FLOAT, -INF, faults.NOT_FINITE),
        ("FLOAT64", STRING, INF, faults.NOT_FINITE),
        ("STRING", FLOAT, "1e999", faults.NOT_FINITE),
        ("STRING", FLOAT, "nan", faults.NOT_A_NUMBER),
        ("STRING", FLOAT, "1,5", faults.NOT_A_NUMBER),
        ("STRING", FLOAT, "", faults.NOT_A_NUMBER),
        ("STRING", BOOLEAN, "yes", faults.NOT_A_BOOLEAN),
        ("INT64", BOOLEAN, 2, faults.NOT_A_BOOLEAN),
        ("STRING", BOOLEAN, "", faults.NOT_A_BOOLEAN),
    ],
)
def test_it_names_what_is_wrong(kind: str, type_: str, value: Any, code: str | None) -> None:
    _, codes = one_property([value], TYPES[kind], type_)
    assert codes == ([code] if code else [])


@pytest.mark.parametrize("kind", sorted(TYPES))
@pytest.mark.parametrize("type_", [STRING, INTEGER, LONG, FLOAT, BOOLEAN])
def test_a_null_leaves_the_property_out(kind: str, type_: str) -> None:
    if type_ == STRING or TYPES[kind] in (pa.string(), pa.int64(), pa.float64()):
        assert one_property([None], TYPES[kind], type_) == (["{}"], [])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Phone", "+14155550123", None),
        ("Phone", "+1 (415) 555-0123", None),
        ("Phone", "14155550123", faults.PHONE_INVALID),
        ("Phone", "+1234", faults.PHONE_INVALID),
        ("Phone", "+12345", None),
        ("Phone", "+1-2-3-4", faults.PHONE_INVALID),
        ("Phone", "+12a345", faults.PHONE_INVALID),
        ("Email", "a.b+c@d.co", None),
        ("Email", "a@b", faults.EMAIL_INVALID),
        ("Email", "a b@c.de", faults.EMAIL_INVALID),
        ("Email", "a@b@c.de", faults.EMAIL_INVALID),
        ("Gender", "M", None),
        ("Gender", "F", None),
        ("Gender", "male", faults.GENDER_INVALID),
    ],
)
def test_people_have_rules_for_their_own_properties(
    name: str, value: str, code: str | None
) -> None:
    _, codes = one_property([value], pa.string(), STRING, name=name, people=True)
    assert codes == ([code] if code else [])
    # Of events, a property of that name is like any other.
    assert one_property([value], pa.string(), STRING, name=name)[1] == []


@pytest.mark.parametrize("value", ["2", "yes", ""])
def test_whether_somebody_may_be_written_to_is_a_yes_or_a_no(value: str) -> None:
    _, codes = one_property([value], pa.string(), BOOLEAN, name="MSG-email", people=True)
    assert codes == [faults.FLAG_INVALID]


def test_a_flag_of_zero_or_one_becomes_a_boolean() -> None:
    rows, _ = one_property([0, 1], pa.int64(), BOOLEAN, name="MSG-sms", people=True)
    assert rows == ['{"MSG-sms":false}', '{"MSG-sms":true}']


def test_text_that_is_no_utf8_is_replaced_instead_of_failing() -> None:
    broken = pa.array([b"a\xffb", b"c"], pa.binary()).view(pa.string())
    rows, codes = one_property(broken, pa.string(), STRING)
    assert rows == ['{"p":"a\N{REPLACEMENT CHARACTER}b"}', '{"p":"c"}']
    assert codes == []


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", None, "b"]).cast(pa.large_string()),
        pa.array(["a", None, "b"]).cast(pa.string_view()),
        pa.array(["a", None, "b"]).dictionary_encode(),
    ],
)
def test_texts_may_come_in_any_layout(column: pa.Array) -> None:
    rows, _ = one_property(column, column.type, STRING)
    assert rows == ['{"p":"a"}', "{}", '{"p":"b"}']
