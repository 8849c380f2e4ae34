"""The catalogue is told of good rows what it would find in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clevertap_partners.eventstore.canonical import MAX_RECORD_BYTES
from clevertap_partners.eventstore.survey import Survey, as_json, from_json, survey
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
from imports.pipeline import mapper
from tests.imports.pipeline.sources import TYPES, batch_of, context, mapped, of_events, of_people

_WHOLE = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(
    [0, 2**53, 2**53 + 1, -(2**53), -(2**53) - 1, 10**15, -(10**15)]
)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["", "1234567890123456", "[{}", ",99999999999999999"]
)
_DOUBLES = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-0.0, 1e16, 1e300])
_DECIMALS = st.integers(-(10**24), 10**24).map(lambda number: Decimal(number).scaleb(-9))
# The type of the column, the property, and its values.
_COLUMNS: dict[str, tuple[str, Property, st.SearchStrategy[Any]]] = {
    "long": ("INT64", Property("long", "Long\x01 number", LONG), _WHOLE),
    "small": ("INT64", Property("small", "small", INTEGER), st.integers(-(2**31), 2**31 - 1)),
    "text": ("STRING", Property("text", 'te"xt', STRING), _TEXTS),
    "double": ("FLOAT64", Property("double", "double", FLOAT), _DOUBLES),
    "whole": ("INT64", Property("whole", "whole as float", FLOAT), _WHOLE),
    "decimal": ("NUMERIC", Property("decimal", "é", FLOAT), _DECIMALS),
    "flag": ("BOOL", Property("flag", "flag", BOOLEAN), st.booleans()),
    "date": ("DATE", Property("date", "date", DATE_TYPE, NATIVE), st.dates()),
}
_ROW = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["u-1", "ü", None, "null"]),
        "at": st.integers(1_790_000_000, 1_790_200_000),
        "name": st.sampled_from(["Ordered", "Paid", "Söld", None]),
        **{name: st.none() | values for name, (_, _, values) in _COLUMNS.items()},
    }
)
_TYPES = {"id": "STRING", "at": "INT64", "name": "STRING"} | {
    name: kind for name, (kind, _, _) in _COLUMNS.items()
}
_SCHEMA = pa.schema([(name, TYPES[kind]) for name, kind in _TYPES.items()])
_PROPERTIES = [wanted for _, wanted, _ in _COLUMNS.values()]


@settings(max_examples=120, deadline=None)
@given(rows=st.lists(_ROW, min_size=1, max_size=9), by_column=st.booleans())
def test_it_is_what_a_look_at_the_rows_finds(rows: list[dict[str, Any]], by_column: bool) -> None:
    name = {"event_name": "", "event_name_column": "name"} if by_column else {}
    mapping = of_events(*_PROPERTIES, created_on_column="at", created_on_format=EPOCH_S, **name)
    found = mapped(mapping, pa.RecordBatch.from_pylist(rows, schema=_SCHEMA))
    assert found.survey == survey(found.good)
    assert from_json(as_json(found.survey)) == found.survey


def test_rows_that_are_too_large_are_not_in_it() -> None:
    texts = ["x" * (MAX_RECORD_BYTES // 2), "y", None]
    mapping = of_events(Property("a", "a", STRING), Property("b", "b", STRING))
    found = mapped(mapping, batch_of(a=texts, b=[texts[0], None, None]))
    assert found.good.num_rows == 2
    assert found.survey == survey(found.good)
    assert [key.name for key in found.survey.properties] == ["a"]


def test_a_batch_that_is_mapped_in_halves_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapper, "MAX_BATCH_BYTES", 1)
    mapping = of_events(Property("a", "a", LONG), Property("b", "b", STRING))
    found = mapped(mapping, batch_of(a=[1, 2**60, None], b=[None, None, "b"]))
    assert found.survey == survey(found.good)
    assert found.survey.rows == 3


def test_there_is_nothing_to_tell_of_people() -> None:
    found = mapped(of_people(Property("a", "a", STRING)), batch_of(a=["x"]), context())
    assert found.survey == Survey()
