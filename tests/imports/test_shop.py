"""The demo shop, imported from the real emulator by the official clients, and counted again."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.sandbox.shop import BAD_ORDERS, BAD_USERS, make_shop
from imports.models import Import, ImportRun
from imports.services import import_run_now
from imports.work import work
from integrations.models import Connection
from tests.connections import connect_dataset
from tests.imports.shop import ORDERS, USERS, make_import
from tests.services import BigQuery

pytestmark = [pytest.mark.django_db, pytest.mark.services]

ROWS = 6_000


@pytest.fixture
def shop(bigquery: BigQuery) -> BigQuery:
    make_shop(bigquery.sandbox.console, until=datetime.date(2026, 11, 22), rows=ROWS)
    return bigquery


@pytest.fixture
def connection(beta: Account, shop: BigQuery) -> Connection:
    return connect_dataset(beta, shop.create_account(datasets=["shop"]), "shop")


def run(item: Import, actor: User) -> ImportRun:
    import_run_now(item=item, actor=actor)
    work()
    item.refresh_from_db()
    assert not item.trouble_code, item.trouble_message
    return item.runs.latest("pk")


def bad_rows(shop: BigQuery, table: str, conditions: dict[str, str]) -> tuple[int, set[Any]]:
    """How many rows are bad, and the ids of the others, as the warehouse counts them."""
    any_of = " OR ".join(f"COALESCE({each}, FALSE)" for each in conditions.values())
    key = "order_id" if table == "orders" else "user_id"
    bad = shop.run_sql(f"SELECT COUNT(*) FROM {table} WHERE {any_of}")[0][0]
    good = shop.run_sql(f"SELECT {key} FROM {table} WHERE NOT ({any_of})")
    return int(bad), {row[0] for row in good}


def test_orders_are_imported_as_an_independent_count_says(
    beta: Account, shop: BigQuery, connection: Connection, member: User
) -> None:
    item = make_import(connection, ORDERS, "orders")
    done = run(item, member)
    bad, good = bad_rows(shop, "orders", BAD_ORDERS)
    assert bad == ROWS // 50
    assert (done.rows_read, done.rows_failed, done.rows_imported) == (ROWS, bad, ROWS - bad)
    assert done.via == "storage"
    rows = pa.table(DeltaTable(events_uri(beta.pk)).to_pyarrow_table()).to_pylist()
    assert Counter(json.loads(row["event_props"])["Order id"] for row in rows) == Counter(
        map(int, good)
    )
    again = run(item, member)
    assert (again.rows_imported, again.rows_failed) == (0, 0)
    assert again.rows_known >= 1


def test_users_are_merged_as_an_independent_count_says(
    beta: Account, shop: BigQuery, connection: Connection, member: User
) -> None:
    item = make_import(connection, USERS, "users")
    done = run(item, member)
    bad, good = bad_rows(shop, "users", BAD_USERS)
    assert (done.rows_failed, done.people_new) == (bad, ROWS - bad)
    people = pa.table(DeltaTable(profiles_uri(beta.pk)).to_pyarrow_table())
    assert set(people.column("identity").to_pylist()) == good


def test_without_the_right_to_read_sessions_rows_come_over_rest(
    beta: Account, shop: BigQuery, member: User
) -> None:
    key = shop.create_account("slow-importer", datasets=["shop"], roles=("roles/bigquery.jobUser",))
    item = make_import(connect_dataset(beta, key, "shop", nickname="Slow"), ORDERS, "orders")
    done = run(item, member)
    assert done.via == "rest"
    assert (done.rows_failed, done.rows_imported) == (ROWS // 50, ROWS - ROWS // 50)
