"""Whole columns at once give what one record after the other gives."""

from __future__ import annotations

import datetime
import json
import math
import zoneinfo
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clevertap_partners.eventstore.canonical import Capture, canonical_event
from clevertap_partners.eventstore.jsontext import dump
from clevertap_partners.eventstore.profiles import canonical_profile
from imports.mapping import (
    BOOLEAN,
    DATE_TYPE,
    EPOCH_S,
    FLOAT,
    INTEGER,
    LONG,
    NATIVE,
    STRING,
    Property,
)
from tests.imports.pipeline.sources import (
    CAPTURED_AT,
    TYPES,
    context,
    mapped,
    of_events,
    of_people,
    one_property,
)

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        '"',
        "\\",
        "\\n",
        "\n\t\r",
        "\x00\x1f\x7f\x80\x9f\xa0",
        "é",
        "\u2028",
        "😀",
        '{"a":1}',
        "a" * 700,
    ]
)
_DOUBLES = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [0.0, -0.0, 1e300, 5e-324, 1e-5, 9.9e-6, 1e15, 1e16, 1e22, 0.1, 2.0**53, 123456789.125]
)
_MOMENTS = st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30))

# The name, the type of the column and of the property, values, and what a record would say.
_COLUMNS: dict[str, tuple[str, Property, st.SearchStrategy[Any], Any]] = {
    "text": ("STRING", Property("text", "Te%xt\x01", STRING), _TEXTS, str),
    "long": ("INT64", Property("long", "long", LONG), st.integers(-(2**63), 2**63 - 1), int),
    "small": ("INT64", Property("small", "small", INTEGER), st.integers(-(2**31), 2**31 - 1), int),
    "double": ("FLOAT64", Property("double", 'dou"ble', FLOAT), _DOUBLES, float),
    "flag": ("BOOL", Property("flag", "flag", BOOLEAN), st.booleans(), bool),
    "asText": (
        "INT64",
        Property("asText", "as text", STRING),
        st.integers(-(2**63), 2**63 - 1),
        str,
    ),
    "doubleText": ("FLOAT64", Property("doubleText", "é", STRING), _DOUBLES, dump),
    "yes": (
        "STRING",
        Property("yes", "yes", BOOLEAN),
        st.sampled_from(["1", "True"]),
        lambda _: True,
    ),
    "moment": (
        "TIMESTAMP",
        Property("moment", "moment", DATE_TYPE, NATIVE),
        _MOMENTS.map(lambda value: value.replace(tzinfo=datetime.UTC)),
        lambda value: f"$D_{math.floor((value - _EPOCH) / datetime.timedelta(seconds=1))}",
    ),
    "epoch": (
        "INT64",
        Property("epoch", "epoch", DATE_TYPE, EPOCH_S),
        st.integers(-62_135_596_800, 253_402_300_799),
        lambda value: f"$D_{value}",
    ),
}
_NAMES = st.lists(st.sampled_from(sorted(_COLUMNS)), unique=True)


@st.composite
def _sources(draw: st.DrawFn) -> tuple[list[str], list[dict[str, Any]], int]:
    """Names of columns, rows, and how many rows at the start are cut off."""
    names = draw(_NAMES)
    values = {name: st.none() | _COLUMNS[name][2] for name in names}
    whose = _TEXTS.map(lambda text: f"u{text}")
    seconds = st.integers(946_684_800, 1_795_300_000)
    row = st.fixed_dictionaries({"id": whose, "at": seconds, **values})
    rows = draw(st.lists(row, min_size=1, max_size=8))
    return names, rows, draw(st.integers(0, len(rows) - 1))


def _batch(names: list[str], rows: list[dict[str, Any]], cut: int) -> pa.RecordBatch:
    kinds = {"id": "STRING", "at": "INT64", **{name: _COLUMNS[name][0] for name in names}}
    schema = pa.schema([(name, TYPES[kind]) for name, kind in kinds.items()])
    return pa.RecordBatch.from_pylist(rows, schema=schema).slice(cut)


def _said(names: list[str], row: dict[str, Any]) -> dict[str, Any]:
    """What an upload record says of the row's properties."""
    return {
        _COLUMNS[name][1].name: None if row[name] is None else _COLUMNS[name][3](row[name])
        for name in names
    }


@settings(max_examples=120, deadline=None)
@given(source=_sources(), zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]))
def test_an_event_is_the_one_that_an_upload_record_makes(
    source: tuple[list[str], list[dict[str, Any]], int], zone: str
) -> None:
    names, rows, cut = source
    properties = [_COLUMNS[name][1] for name in names]
    mapping = of_events(*properties, created_on_column="at", created_on_format=EPOCH_S)
    found = mapped(mapping, _batch(names, rows, cut), context(zone), part=3, first_row=1998)
    assert found.failures == {}
    capture = Capture(zoneinfo.ZoneInfo(zone), int(CAPTURED_AT.timestamp()))
    expected = []
    for number, row in enumerate(rows[cut:], 1998):
        record = {"type": "event", "identity": row["id"], "ts": row["at"], "evtName": "Order"}
        record["evtData"] = _said(names, row)
        record_id = f"import-7-0003-{number:012d}"
        expected.append(canonical_event(record, capture, record_id=record_id, plain=False))
    columns = [
        column.cast(pa.int32()) if pa.types.is_date(column.type) else column
        for column in found.good.columns
    ]
    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for column in columns
    ]
    assert list(zip(*(column.to_pylist() for column in columns), strict=True)) == expected


@settings(max_examples=40, deadline=None)
@given(source=_sources())
def test_a_change_of_a_person_is_the_one_that_a_profile_record_makes(
    source: tuple[list[str], list[dict[str, Any]], int],
) -> None:
    names, rows, cut = source
    found = mapped(of_people(*(_COLUMNS[name][1] for name in names)), _batch(names, rows, cut))
    capture = Capture(zoneinfo.ZoneInfo("UTC"), int(CAPTURED_AT.timestamp()))
    for row, change in zip(rows[cut:], found.good.to_pylist(), strict=True):
        record = {"type": "profile", "identity": row["id"], "profileData": _said(names, row)}
        expected = canonical_profile(record, capture)
        assert change["identity"] == expected.identity
        assert change["properties"] == dump(expected.properties)
        assert change["seen_at"] == CAPTURED_AT


# Some of few digits, which go through doubles, some of more.
_DECIMALS = st.integers(-(10**17), 10**17).map(lambda n: Decimal(n).scaleb(-9)) | st.sampled_from(
    [Decimal("0.000009999"), Decimal("0.00001"), Decimal("-0.5"), Decimal("999999.999999999")]
)


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(
        st.none() | _DECIMALS.filter(lambda value: abs(value) < 10**28), min_size=1, max_size=6
    ),
    cut=st.integers(0, 5),
)
def test_a_decimal_keeps_every_digit(values: list[Decimal | None], cut: int) -> None:
    column = pa.array(values, TYPES["NUMERIC"])
    ids = pa.array([f"u{row}" for row in range(len(values))])
    batch = pa.RecordBatch.from_pydict({"id": ids, "d": column}).slice(min(cut, len(values) - 1))
    texts = mapped(of_events(Property("d", "d", FLOAT)), batch).good.column("event_props")
    said = [json.loads(text, parse_float=Decimal).get("d") for text in texts.to_pylist()]
    assert said == batch.column("d").to_pylist()
    # A number with a point is a float to whoever reads it, whatever its value.
    assert not any(isinstance(value, int) for value in said)
    assert not any("e" in text.lower() for text in texts.to_pylist())


@pytest.mark.parametrize("value", ["0.000009999", "999999.999999999", "99999999.999999999"])
def test_a_decimal_is_spelled_alike_in_whatever_company(value: str) -> None:
    column = pa.array([Decimal(1), Decimal(value)], TYPES["NUMERIC"])
    alone = one_property(column.slice(1), column.type, FLOAT)
    among = one_property(
        pa.array([Decimal(value), Decimal(10) ** 20], column.type), column.type, FLOAT
    )
    assert alone[0][0] == among[0][0] == f'{{"p":{value}}}'


def test_a_decimal_of_a_slice_is_the_slices_own() -> None:
    column = pa.array([Decimal("1.5"), Decimal("2.5"), None, Decimal("3.5")], TYPES["NUMERIC"])
    rows, _ = one_property(column.slice(1), column.type, FLOAT)
    assert rows == ['{"p":2.5}', "{}", '{"p":3.5}']
