"""The table that imports are measured on: orders in the sandbox's BigQuery, 2 % of them bad.

The query is run and the read session opened before anything is measured: contenders read streams.
"""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.runner import Failed
from bench.sandbox import other_core, start
from clevertap_partners.sandbox import processes
from clevertap_partners.sandbox.client import (
    DATA_VIEWER,
    JOB_USER,
    PROJECT,
    READ_SESSION_USER,
    SandboxClient,
)
from clevertap_partners.sandbox.shop import DATASET, LOCATION, table_sql
from imports.mapping import DATE_TYPE, EVENTS, FLOAT, LONG, NATIVE, STRING, Mapping, Property
from integrations.partners.bigquery.config import BigQueryConfig, BigQueryEndpoints
from integrations.partners.bigquery.warehouse import BigQueryWarehouse
from integrations.partners.google.keys import parse_key
from integrations.warehouse import Query, ReadStream

UNTIL = datetime.date(2026, 11, 1)
# What a daily or monthly import brings; a first one brings a YEAR.
DAYS, YEAR = 30, 365
QUERY_LIMIT_S = 300.0
MAX_BYTES = 10**12
# An identity, a time and ten properties: twelve columns.
MAPPING = Mapping(
    kind=EVENTS,
    identity_column="customer_id",
    created_on_column="ordered_at",
    created_on_format=NATIVE,
    cursor_column="ordered_at",
    event_name="Order Placed",
    properties=(
        Property("order_id", "Order id", LONG),
        Property("status", "Status", STRING),
        Property("amount", "Amount", FLOAT),
        Property("currency", "Currency", STRING),
        Property("items", "Quantity", LONG),
        Property("discount", "Discount", FLOAT),
        Property("coupon", "Coupon", STRING),
        Property("city", "City", STRING),
        Property("weight", "Weight", FLOAT),
        Property("delivery_date", "Delivery date", DATE_TYPE, "dd/MM/yyyy"),
    ),
)
# Every fiftieth order is bad, in one of twelve ways; one of these is in no mapped column.
BAD_EVERY, WAYS = 50, 12


def good_rows(rows: int) -> int:
    """How many of the orders keep all rules."""
    bad = [number // BAD_EVERY % WAYS for number in range(BAD_EVERY, rows + 1, BAD_EVERY)]
    return rows - sum(way != _GIFT_FLAG for way in bad)


_GIFT_FLAG = 9


@contextmanager
def orders(folder: Path, rows: int, *, days: int = DAYS, times: int = 1) -> Iterator[Path]:
    """A file that says where so many orders can be read, which were placed within so many days.

    They are read so many times, one after the other: the sandbox holds a result in memory, and ten
    million rows are too many for it. It has the other core.
    """
    with tempfile.TemporaryDirectory(dir=folder) as state:
        with other_core():
            service = start(Path(state))
        with processes.stopping(service):
            file = Path(state) / "orders.json"
            file.write_text(json.dumps({**_prepared(service.url, rows, days), "times": times}))
            yield file


def batches(file: Path) -> Iterator[pa.RecordBatch]:
    """All orders, as the warehouse gives them."""
    told = json.loads(file.read_text())
    warehouse = _warehouse(told)
    for reference in told["streams"] * told["times"]:
        yield from warehouse.read(ReadStream(reference), offset=0)


def _prepared(url: str, rows: int, days: int) -> dict[str, Any]:
    console = SandboxClient(url)
    told = {"url": url, "grpc": console.start_bigquery(), "rows": rows}
    console.create_dataset(DATASET, location=LOCATION)
    console.run_sql(table_sql("orders", until=UNTIL, rows=rows, days=days), dataset=DATASET)
    account = console.create_account(
        "benchmark",
        project_roles=[JOB_USER, READ_SESSION_USER, DATA_VIEWER],
        datasets=[f"{PROJECT}:{DATASET}"],
    )
    told["key"] = account["key"]
    warehouse = _warehouse(told)
    warehouse.start(
        Query(table="orders", columns=MAPPING.columns), job_id="bench-orders", max_bytes=MAX_BYTES
    )
    result = warehouse.wait("bench-orders", timeout_s=QUERY_LIMIT_S)
    if result is None or result.rows != rows:
        raise Failed("the sandbox did not make the orders")
    session = warehouse.open_session(result, max_streams=1)
    return {**told, "streams": [stream.reference for stream in session.streams]}


def _warehouse(told: dict[str, Any]) -> BigQueryWarehouse:
    key = parse_key(json.dumps(told["key"]), [told["key"]["token_uri"]])
    endpoints = BigQueryEndpoints(
        token_urls=(told["key"]["token_uri"],),
        url=told["url"],
        storage_address=told["grpc"],
        storage_tls=False,
    )
    return BigQueryWarehouse(BigQueryConfig(PROJECT, DATASET, key), endpoints)
