"""An account with a lake, a connection, and a warehouse in memory behind it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from imports import mapping
from imports.mapping import Mapping, Property
from imports.models import Import
from imports.services import import_submit
from integrations.models import Connection
from tests.imports.warehouse import FakeWarehouse, columns_of

LATER = {"when": "later"}
BORN = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
ORDERS = Mapping(
    kind="events",
    identity_column="customer",
    cursor_column="updated_at",
    cursor_kind="epoch_s",
    created_on_column="ordered_at",
    created_on_format="epoch_s",
    event_name="Order",
    properties=(
        Property("order_id", "Order id", "integer"),
        Property("city", "City", "string"),
    ),
)
PEOPLE = Mapping(
    kind="profiles",
    identity_column="customer",
    cursor_column="updated_at",
    cursor_kind="epoch_s",
    properties=(Property("city", "City", "string"),),
)


def second(number: int) -> int:
    """Epoch seconds of the number-th second of November 2026."""
    return int(BORN.timestamp()) + number


def orders(*rows: dict[str, Any]) -> pa.Table:
    """Rows of the source; what is left out has a value that goes well."""
    schema = pa.schema(
        [
            ("order_id", pa.int64()),
            ("customer", pa.string()),
            ("city", pa.string()),
            ("ordered_at", pa.int64()),
            ("updated_at", pa.int64()),
        ]
    )
    told = [
        {
            "order_id": place,
            "customer": f"c-{place}",
            "city": "Bonn",
            "ordered_at": second(60 * place),
            "updated_at": second(60 * place),
            **row,
        }
        for place, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(told, schema=schema)


def many_orders(count: int, **values: Any) -> pa.Table:
    return orders(*({**values} for _ in range(count)))


@pytest.fixture(autouse=True)
def _own_lake(tmp_path: Path, settings: LazySettings) -> None:
    settings.LAKE_URL = str(tmp_path / "lake")
    settings.SCRATCH_DIR = tmp_path / "scratch"


@pytest.fixture
def beta(account: Account) -> Account:
    """The account, with the private beta switched on."""
    account.bigquery_import = True
    account.save()
    return account


@pytest.fixture
def warehouse_connection(beta: Account, member: User) -> Connection:
    return Connection.objects.create(
        account=beta,
        partner="bigquery",
        nickname="Shop",
        target="demo.shop",
        project_id="demo",
        key_added_at=timezone.now(),
        created_by=member,
    )


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> FakeWarehouse:
    made = FakeWarehouse(many_orders(30))
    monkeypatch.setattr("imports.planning.connection_open_warehouse", lambda *, connection: made)
    return made


@pytest.fixture
def make_import(
    beta: Account, warehouse_connection: Connection, warehouse: FakeWarehouse, member: User
) -> Callable[..., Import]:
    """Imports of the warehouse's table, each run by hand."""

    def make(chosen: Mapping = ORDERS, **values: Any) -> Import:
        fields: dict[str, Any] = {
            "nickname": "Orders",
            "frequency": Import.Frequency.MANUAL,
            "schedule": LATER,
        }
        item = Import.objects.create(
            account=beta,
            partner="bigquery",
            connection=warehouse_connection,
            connection_name=warehouse_connection.nickname,
            source=Import.Source.TABLE,
            table="orders",
            kind=chosen.kind,
            mapping=mapping.as_json(chosen),
            columns=[asdict(column) for column in columns_of(warehouse.rows)],
            created_by=member,
            **(fields | values),
        )
        return import_submit(item=item, actor=member)

    return make
