"""The demo shop's tables, and how they are imported in tests."""

from __future__ import annotations

from dataclasses import asdict

from imports import mapping
from imports.mapping import Mapping, Property
from imports.models import Import
from integrations.models import Connection
from integrations.services import connection_open_warehouse
from integrations.warehouse import Query

ORDERS = Mapping(
    kind="events",
    identity_column="customer_id",
    cursor_column="updated_at",
    cursor_kind="timestamp",
    created_on_column="ordered_at",
    created_on_format="native",
    event_name="Order Placed",
    properties=(
        Property("order_id", "Order id", "long"),
        Property("status", "Status", "string"),
        Property("amount", "Amount", "float"),
        Property("discount", "Discount", "float"),
        Property("gift_flag", "Is gift", "boolean"),
        Property("weight", "Weight", "float"),
        Property("city", "City", "string"),
        Property("coupon", "Coupon", "string"),
        Property("delivery_date", "Delivery", "date", "dd/MM/yyyy"),
    ),
)
USERS = Mapping(
    kind="profiles",
    identity_column="user_id",
    cursor_column="updated_at",
    cursor_kind="timestamp",
    properties=(
        Property("name", "Name", "string"),
        Property("email", "Email", "string"),
        Property("phone", "Phone", "string"),
        Property("gender", "Gender", "string"),
        Property("city", "City", "string"),
        Property("plan", "Plan", "string"),
        Property("age", "Years", "integer"),
        Property("score", "Score", "float"),
        Property("subscribed", "Subscribed", "boolean"),
        Property("birthday", "Birthday", "date", "dd/MM/yyyy"),
    ),
)


def make_import(connection: Connection, chosen: Mapping, table: str) -> Import:
    """Ready to be run by hand."""
    warehouse = connection_open_warehouse(connection=connection)
    columns = warehouse.estimate(Query(table=table)).columns
    return Import.objects.create(
        account=connection.account,
        partner=connection.partner,
        connection=connection,
        connection_name=connection.nickname,
        nickname=f"{table} of {connection.nickname}",
        source=Import.Source.TABLE,
        table=table,
        kind=chosen.kind,
        mapping=mapping.as_json(chosen),
        columns=[asdict(column) for column in columns],
        frequency=Import.Frequency.MANUAL,
        schedule={"when": "later"},
        status=Import.Status.READY,
    )
