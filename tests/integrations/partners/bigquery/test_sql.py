"""The SQL that is written: names are quoted, one statement only, bounds that lose no row."""

from __future__ import annotations

import pytest

from clevertap_partners.core.errors import PermanentError
from integrations.partners.bigquery.sql import condition, final_text, one_statement, quoted
from integrations.warehouse import CursorBound, Query

NOON_US = 1_795_348_800_000_000  # 2026-11-22T12:00:00Z


@pytest.mark.parametrize(
    ("name", "as_written"),
    [
        ("id", "`id`"),
        ("order", "`order`"),
        ("größe in cm", "`größe in cm`"),
        ("a`b", "`a\\`b`"),
        ("a\\", "`a\\\\`"),
    ],
)
def test_names_are_quoted(name, as_written):
    assert quoted(name) == as_written


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ';' AS semicolon",
        "SELECT 1 AS a -- first; second",
        "SELECT 1 AS a # first; second",
        "SELECT /* ; */ 1 AS a",
        'SELECT """;\n""" AS a',
        "SELECT 'it\\'s; fine' AS a",
        "SELECT `odd;name` FROM t",
        "SELECT r'\\;' AS a",
    ],
)
def test_a_semicolon_inside_a_text_or_comment_ends_nothing(sql):
    assert one_statement(sql) == sql


@pytest.mark.parametrize("tail", [";", "; ", ";;\n", "; -- done", ";\n/* bye */"])
def test_what_follows_the_statement_and_says_nothing_is_cut(tail):
    assert one_statement(f"SELECT 1 AS a{tail}") == "SELECT 1 AS a"


@pytest.mark.parametrize("sql", ["SELECT 1; SELECT 2", "SELECT 1;;DELETE FROM t", "; SELECT 1", ""])
def test_anything_but_one_statement_is_refused(sql):
    with pytest.raises(PermanentError) as caught:
        one_statement(sql)

    assert caught.value.code == "sql_not_one_select"


@pytest.mark.parametrize(
    ("kind", "column_type", "wanted"),
    [
        ("epoch_s", "INT64", "(`c` >= 1795348800 OR `c` IS NULL)"),
        ("epoch_ms", "INT64", "(`c` >= 1795348800000 OR `c` IS NULL)"),
        ("epoch_s", "NUMERIC", "(`c` >= 1795348800 OR `c` IS NULL)"),
        ("epoch_s", "FLOAT64", "(`c` >= 1795348800 OR `c` IS NULL OR IS_NAN(`c`))"),
        (
            "timestamp",
            "TIMESTAMP",
            "(`c` >= TIMESTAMP '2026-11-22 12:00:00.000000+00:00' OR `c` IS NULL)",
        ),
        (
            "timestamp",
            "DATETIME",
            "(`c` >= DATETIME '2026-11-22 12:00:00.000000' OR `c` IS NULL)",
        ),
        ("date", "DATE", "(`c` >= DATE '2026-11-22' OR `c` IS NULL)"),
        ("epoch_s", "STRING", "TRUE"),
    ],
)
def test_a_bound_keeps_what_is_at_it_and_what_has_no_time(kind, column_type, wanted):
    assert condition(CursorBound("c", kind, NOON_US), column_type) == wanted


def test_a_bound_is_rounded_down_before_1970_as_well():
    assert condition(CursorBound("c", "epoch_s", -1), "INT64").startswith("(`c` >= -1 ")


@pytest.mark.parametrize(
    ("low_us", "literal"),
    [
        (-(2**63), "TIMESTAMP '0001-01-01 00:00:00.000000+00:00'"),
        (2**63 - 1, "TIMESTAMP '9999-12-31 00:00:00.000000+00:00'"),
    ],
)
def test_a_bound_outside_of_all_years_is_the_nearest_moment(low_us, literal):
    assert literal in condition(CursorBound("c", "timestamp", low_us), "TIMESTAMP")


def test_a_query_that_needs_no_change_stays_as_it_was_typed():
    assert final_text(Query(sql="SELECT 1 AS a"), "SELECT 1 AS a", {}) == "SELECT 1 AS a"


def test_only_the_wanted_columns_are_read_and_a_closing_comment_harms_nothing():
    query = Query(sql="SELECT * FROM t -- all", columns=("id", "Name"))

    text = final_text(query, query.sql, {"id": "INT64", "name": "STRING"})

    assert text == "SELECT `id`, `Name` FROM (\nSELECT * FROM t -- all\n)"
