"""Each rule for a mapping is told with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imports.mapping import (
    BOOLEAN,
    DATE,
    DATE_TYPE,
    EPOCH_S,
    EVENTS,
    FLOAT,
    INTEGER,
    LONG,
    NATIVE,
    PROFILES,
    STRING,
    TIMESTAMP,
    Mapping,
    Property,
)
from imports.rules import mapping_problems
from integrations.warehouse import Column

COLUMNS = (
    Column("id", "STRING"),
    Column("number", "INT64"),
    Column("price", "NUMERIC"),
    Column("flag", "BOOL"),
    Column("day", "DATE"),
    Column("at", "TIMESTAMP"),
    Column("raw", "BYTES"),
    Column("tags", "STRING", is_repeated=True),
    Column("address", "STRUCT"),
    Column("span", "RANGE"),
)
EVENT = Mapping(kind=EVENTS, identity_column="id", event_name="Order")
PERSON = Mapping(
    kind=PROFILES, identity_column="id", properties=(Property("number", "Points", LONG),)
)


def problems(mapping: Mapping, *more: Column) -> list[tuple[str, str]]:
    return [(each.where, each.code) for each in mapping_problems(mapping, [*COLUMNS, *more])]


def of_property(wanted: Property, base: Mapping = EVENT) -> list[str]:
    found = problems(replace(base, properties=(wanted,)))
    assert all(where == f"property:{wanted.column}" for where, _ in found)
    return [code for _, code in found]


def test_a_mapping_that_keeps_the_rules_has_no_problems() -> None:
    full = replace(
        EVENT,
        cursor_column="at",
        cursor_kind=TIMESTAMP,
        created_on_column="day",
        created_on_format=NATIVE,
        properties=(
            Property("number", "Number", INTEGER),
            Property("price", "Price/€ (net)", FLOAT),
            Property("flag", "Flag", BOOLEAN),
            Property("day", "Day", DATE_TYPE, NATIVE),
            Property("number", "When", DATE_TYPE, EPOCH_S),
            Property("raw", "raw", STRING),
        ),
    )
    assert problems(full) == []
    assert problems(PERSON) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"identity_column": ""}, ("identity", "identity_missing")),
        ({"identity_column": "gone"}, ("identity", "column_unknown")),
        ({"identity_column": "tags"}, ("identity", "column_nested")),
        ({"identity_column": "at"}, ("identity", "identity_type")),
        ({"cursor_column": "gone", "cursor_kind": DATE}, ("cursor", "column_unknown")),
        ({"cursor_column": "flag", "cursor_kind": EPOCH_S}, ("cursor", "cursor_type")),
        ({"cursor_column": "day", "cursor_kind": TIMESTAMP}, ("cursor", "cursor_type")),
        ({"cursor_column": "at", "cursor_kind": ""}, ("cursor", "cursor_type")),
        ({"cursor_column": "span", "cursor_kind": DATE}, ("cursor", "column_nested")),
        ({"created_on_column": "raw"}, ("created_on", "created_on_format")),
        (
            {"created_on_column": "number", "created_on_format": NATIVE},
            ("created_on", "created_on_format"),
        ),
        ({"created_on_column": "address"}, ("created_on", "column_nested")),
        ({"event_name": ""}, ("event_name", "event_name_blank")),
        ({"event_name": "a.b"}, ("event_name", "event_name_characters")),
        ({"event_name": "é" * 61}, ("event_name", "event_name_too_long")),
        ({"event_name": "App Launched"}, ("event_name", "event_name_restricted")),
        ({"event_name_column": "id"}, ("event_name", "event_name_twice")),
        ({"event_name": "", "event_name_column": "number"}, ("event_name", "event_name_type")),
        ({"event_name": "", "event_name_column": "gone"}, ("event_name", "column_unknown")),
    ],
)
def test_a_broken_rule_is_told_at_its_place(
    values: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert problems(replace(EVENT, **values)) == [expected]


def test_people_have_no_event_name_and_no_created_on() -> None:
    assert problems(replace(PERSON, event_name="", created_on_column="gone")) == []


def test_people_without_any_property_are_not_worth_an_import() -> None:
    assert problems(replace(PERSON, properties=())) == [("columns", "no_properties")]


def test_two_columns_of_one_name_cannot_be_told_apart() -> None:
    assert problems(EVENT, Column("id", "INT64")) == [("columns", "duplicate_columns")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (" ", "name_missing"),
        ("é" * 61, "name_too_long"),
        ("é" * 60, None),
        *((f"a{sign}", "name_characters") for sign in "%><!|&.:;$'\"\\#"),
        ("Items", "name_restricted"),
        ("ct source", "name_restricted"),
        ("wzrk_id", "name_restricted"),
        ("identity", None),
    ],
)
def test_names_of_event_properties_keep_the_rules(name: str, code: str | None) -> None:
    assert of_property(Property("number", name, LONG)) == ([code] if code else [])


@pytest.mark.parametrize("name", ["identity", "Identity", "objectId", "platform"])
def test_what_tells_people_apart_is_no_property(name: str) -> None:
    assert of_property(Property("number", name, LONG), PERSON) == ["name_restricted"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Property("gone", "p", STRING), "column_unknown"),
        (Property("tags", "p", STRING), "column_nested"),
        (Property("address", "p", STRING), "column_nested"),
        (Property("span", "p", STRING), "column_nested"),
        (Property("number", "p", "text"), "type_unknown"),
        (Property("raw", "p", LONG), "type_impossible"),
        (Property("flag", "p", FLOAT), "type_impossible"),
        (Property("at", "p", BOOLEAN), "type_impossible"),
        (Property("day", "p", DATE_TYPE, "dd/MM/yyyy"), "date_format"),
        (Property("id", "p", DATE_TYPE, ""), "date_format"),
        (Property("id", "p", DATE_TYPE, NATIVE), "date_format"),
    ],
)
def test_a_property_that_its_column_cannot_give_is_told(wanted: Property, code: str) -> None:
    assert of_property(wanted) == [code]


def test_nested_columns_are_told_the_sql_to_write_instead() -> None:
    mapping = replace(EVENT, properties=(Property("tags", "p", STRING),))
    (problem,) = mapping_problems(mapping, COLUMNS)
    assert "TO_JSON_STRING(`tags`)" in problem.message


def test_names_that_meet_after_cleaning_are_duplicates() -> None:
    twice = (Property("number", "a\x01", LONG), Property("price", "a?", FLOAT))
    assert problems(replace(EVENT, properties=twice)) == [("property:price", "duplicate_name")]


def test_more_properties_than_an_event_can_have_are_refused() -> None:
    many = tuple(Property("number", f"p{number}", LONG) for number in range(257))
    assert problems(replace(EVENT, properties=many)) == [("columns", "too_many_properties")]
    assert problems(replace(EVENT, properties=many[:256])) == []


@pytest.mark.parametrize(
    "wanted", [Property("id", "MSG-email", STRING), Property("number", "Phone", LONG)]
)
def test_the_platforms_own_properties_have_their_types(wanted: Property) -> None:
    assert of_property(wanted, PERSON) == ["type_of_system_property"]
    assert of_property(wanted) == []
