from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from clevertap_partners.eventstore.schema import property_schema
from exports.pipeline.encode.typed import (
    TEXT,
    arrow_type,
    columns_of,
    transforms,
    typed_properties,
)


@pytest.mark.parametrize(
    ("kinds", "structure"),
    [
        (["string"], TEXT),
        (["boolean"], "BOOLEAN"),
        (["integer"], "BIGINT"),
        (["integer", "long"], "BIGINT"),
        (["float", "integer"], "DOUBLE"),
        (["float", "long"], TEXT),
        (["big_integer", "integer"], TEXT),
        (["boolean", "integer"], TEXT),
        (["list"], [TEXT]),
        (["items", "list"], TEXT),
        (["object"], TEXT),
    ],
)
def test_a_type_holds_all_kinds_or_is_text(kinds: list[str], structure: object) -> None:
    (typed,) = typed_properties([property_schema("x", kinds, {})], as_texts=False)
    assert typed.structure == structure


def test_all_are_texts_when_asked() -> None:
    (typed,) = typed_properties([property_schema("x", ["integer"], {})], as_texts=True)
    assert typed.arrow_type == pa.string()


@pytest.mark.parametrize("inner", [{"": ["string"]}, {"k": ["string"], "K": ["string"]}])
def test_an_object_whose_keys_no_struct_can_have_is_text(inner: dict[str, list[str]]) -> None:
    (typed,) = typed_properties([property_schema("x", ["object"], inner)], as_texts=False)
    assert typed.structure == TEXT


def test_names_that_differ_in_case_alone_get_numbers_that_are_free() -> None:
    names = ["a", "A", "A_2", "b"]
    typed = typed_properties(
        [property_schema(name, ["string"], {}) for name in names], as_texts=False, taken=["B"]
    )
    assert {one.name: one.column for one in typed} == {
        "A": "A",
        "A_2": "A_2",
        "a": "a_3",
        "b": "b_2",
    }


def test_values_of_names_that_differ_in_case_alone_stay_apart() -> None:
    known = [property_schema(name, ["integer"], {}) for name in ("k", "K", "other")]
    typed = typed_properties(known, as_texts=False)
    texts = pa.table({"text": ['{"k":1,"K":2,"other":3}', '{"K":5}']})
    with duckdb.connect() as connection:
        wanted = ", ".join(f"{one} AS s{n}" for n, one in enumerate(transforms("text", typed)))
        found = connection.from_arrow(texts).project(wanted).to_arrow_table().combine_chunks()
    columns = columns_of([column.chunk(0) for column in found.columns], typed)
    values = {one.name: column.to_pylist() for one, column in zip(typed, columns, strict=True)}
    assert values == {"K": [2, 5], "k": [1, None], "other": [3, None]}


def test_the_arrow_type_follows_the_structure() -> None:
    assert arrow_type([{"a": "BIGINT", "b": [TEXT]}]) == pa.list_(
        pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])
    )
