"""The demo tables: as many bad rows, of each kind, as they say."""

from __future__ import annotations

import datetime

import pytest

from clevertap_partners.sandbox.shop import BAD_ORDERS, BAD_USERS, make_shop
from tests.services import BigQuery

pytestmark = pytest.mark.services
ROWS = 30_000


@pytest.fixture
def shop(bigquery: BigQuery) -> BigQuery:
    make_shop(bigquery.sandbox.console, until=datetime.date(2026, 11, 22), rows=ROWS)
    return bigquery


@pytest.mark.parametrize(("table", "bad"), [("orders", BAD_ORDERS), ("users", BAD_USERS)])
def test_two_rows_of_a_hundred_are_bad(shop: BigQuery, table: str, bad: dict[str, str]) -> None:
    sums = ", ".join(f"COUNTIF({sql})" for sql in bad.values())
    any_of = " OR ".join(f"COALESCE({sql}, FALSE)" for sql in bad.values())
    ((rows, in_all, *each),) = shop.run_sql(
        f"SELECT COUNT(*), COUNTIF({any_of}), {sums} FROM {table}"
    )
    assert (rows, in_all) == (ROWS, ROWS // 50)
    assert each == [ROWS // 600] * 12


def test_what_is_there_stays(shop: BigQuery) -> None:
    shop.run_sql("DELETE FROM orders WHERE order_id > 1")
    shop.drop_table("users")
    make_shop(shop.sandbox.console, until=datetime.date(2026, 11, 22), rows=100)
    assert [(one["name"], one["rows"]) for one in shop.tables()] == [("orders", 1), ("users", 100)]


def test_times_fill_the_year_before_the_day(shop: BigQuery) -> None:
    sql = "SELECT MIN(DATE(updated_at)) >= '2025-11-22', MAX(DATE(updated_at)) <= '2026-11-22'"
    for table in ("orders", "users"):
        assert shop.run_sql(f"{sql} FROM {table}") == [[True, True]]
