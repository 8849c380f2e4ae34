"""What is suggested keeps the rules, and is what somebody would likely choose."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.mapping import (
    BOOLEAN,
    DATE,
    DATE_FORMATS,
    DATE_TYPE,
    EPOCH_MS,
    EPOCH_S,
    EVENTS,
    FLOAT,
    KINDS,
    LONG,
    NATIVE,
    PROFILES,
    STRING,
    TIMESTAMP,
    Property,
)
from imports.rules import mapping_problems
from imports.suggest import (
    cursor_kinds,
    date_formats,
    property_types,
    suggested_mapping,
    why_not_mappable,
)
from integrations.warehouse import Column

TYPES = (
    *("STRING", "INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "BOOL", "BYTES", "DATE", "DATETIME"),
    *("TIME", "TIMESTAMP", "GEOGRAPHY", "JSON", "INTERVAL", "RANGE", "STRUCT"),
)
ORDERS = [
    Column("order_id", "STRING"),
    Column("customer_id", "INT64"),
    Column("amount", "NUMERIC"),
    Column("paid", "BOOL"),
    Column("created_at", "TIMESTAMP"),
    Column("updated_at", "TIMESTAMP"),
    Column("shipped.on", "DATE"),
    Column("lines", "STRUCT", is_repeated=True),
]
USERS = [
    Column("user_id", "STRING"),
    Column("full_name", "STRING"),
    Column("e-mail", "STRING"),
    Column("Phone_Number", "STRING"),
    Column("email_opt_in", "BOOL"),
    Column("dob", "DATE"),
    Column("points", "INT64"),
]


def test_it_suggests_how_orders_become_events() -> None:
    found = suggested_mapping(EVENTS, ORDERS)
    assert (found.identity_column, found.event_name_column) == ("customer_id", "")
    assert (found.cursor_column, found.cursor_kind) == ("updated_at", TIMESTAMP)
    assert (found.created_on_column, found.created_on_format) == ("created_at", NATIVE)
    assert found.properties == (
        Property("order_id", "order_id", STRING),
        Property("amount", "amount", FLOAT),
        Property("paid", "paid", BOOLEAN),
        Property("shipped.on", "shipped_on", DATE_TYPE, NATIVE),
    )


def test_it_suggests_the_platforms_names_for_people() -> None:
    found = suggested_mapping(PROFILES, USERS)
    assert found.identity_column == "user_id"
    assert [(each.name, each.type) for each in found.properties] == [
        ("Name", STRING),
        ("Email", STRING),
        ("Phone", STRING),
        ("MSG-email", BOOLEAN),
        ("DOB", DATE_TYPE),
        ("points", LONG),
    ]
    assert mapping_problems(found, USERS) == []


def test_a_column_with_event_names_is_found() -> None:
    columns = [Column("uid", "STRING"), Column("EventName", "STRING")]
    assert suggested_mapping(EVENTS, columns).event_name_column == "EventName"


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    columns=st.lists(
        st.builds(
            Column,
            st.sampled_from(
                [
                    "MSG-email",
                    "Phone",
                    "gender",
                    "id",
                    "Items",
                    "identity",
                    "a.b",
                    "a_b",
                    "name",
                    "fullname",
                    "ts",
                ]
            )
            | st.text(min_size=1, max_size=130),
            st.sampled_from(TYPES),
            st.booleans(),
        ),
        max_size=12,
        unique_by=lambda column: column.name,
    ),
)
def test_whatever_is_suggested_keeps_the_rules(kind: str, columns: list[Column]) -> None:
    # What nobody can guess is left open: whose rows they are, what the event is called.
    found = mapping_problems(suggested_mapping(kind, columns), columns)
    assert {each.code for each in found} <= {
        "identity_missing",
        "event_name_blank",
        "no_properties",
    }


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_says_what_can_become_of_it(kind: str) -> None:
    column, repeated = Column("c", kind), Column("c", kind, is_repeated=True)
    assert bool(why_not_mappable(column)) == (kind in {"STRUCT", "RANGE"})
    assert (STRING in property_types(column)) == (not why_not_mappable(column))
    assert (DATE_TYPE in property_types(column)) == bool(date_formats(column))
    assert set(date_formats(column)) <= set(DATE_FORMATS)
    assert why_not_mappable(repeated)
    assert (property_types(repeated), date_formats(repeated), cursor_kinds(repeated)) == (
        (),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        ("DATE", (DATE,)),
        ("DATETIME", (TIMESTAMP,)),
        ("TIMESTAMP", (TIMESTAMP,)),
        ("INT64", (EPOCH_S, EPOCH_MS)),
        ("NUMERIC", (EPOCH_S, EPOCH_MS)),
        ("STRING", ()),
        ("FLOAT64", ()),
    ],
)
def test_a_cursor_counts_by_its_type(kind: str, kinds: tuple[str, ...]) -> None:
    assert cursor_kinds(Column("c", kind)) == kinds
