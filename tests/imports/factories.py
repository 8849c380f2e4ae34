"""Imports and their runs as they are at some moment, for tests behind which nothing works."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from imports.folder import folder_of
from imports.mapping import EVENTS, Mapping, Property, as_json
from imports.models import Import, ImportBatch, ImportRun
from integrations.models import Connection

ORDERS = Mapping(
    kind=EVENTS,
    identity_column="customer",
    cursor_column="updated_at",
    cursor_kind="timestamp",
    created_on_column="ordered_at",
    created_on_format="native",
    event_name="Ordered",
    properties=(
        Property("amount", "Amount", "float"),
        Property("born", "Birthday", "date", "dd/MM/yyyy"),
    ),
)
FAILURES = pa.list_(
    pa.struct([("column", pa.string()), ("code", pa.string()), ("value", pa.string())])
)


def make_connection(account: Account, **changes: Any) -> Connection:
    """To a dataset; nothing ever speaks to it."""
    values = {
        "partner": "bigquery",
        "nickname": "Shop warehouse",
        "target": "shop.sales",
        "key_added_at": timezone.now(),
    }
    return Connection.objects.create(account=account, **values | changes)


def make_import(connection: Connection, **changes: Any) -> Import:
    """Orders as events, every two hours."""
    values = {
        "account": connection.account,
        "partner": connection.partner,
        "connection": connection,
        "connection_name": connection.nickname,
        "nickname": f"Orders {uuid.uuid4().hex[:6]}",
        "source": "table",
        "table": "orders",
        "kind": EVENTS,
        "mapping": as_json(ORDERS),
        "status": Import.Status.SCHEDULED,
        "frequency": Import.Frequency.INTERVAL,
        "schedule": {"every": 2, "unit": "hours", "anchor": "2026-11-22T00:00:00+00:00"},
        "next_run_at": timezone.now() + datetime.timedelta(hours=1),
    }
    return Import.objects.create(**values | changes)


def make_run(item: Import, **changes: Any) -> ImportRun:
    """Done: of a hundred rows two have failed."""
    now = timezone.now()
    values = {
        "number": item.runs.count() + 1,
        "trigger": ImportRun.Trigger.SCHEDULE,
        "status": ImportRun.Status.DONE,
        "kind": item.kind,
        "mapping": item.mapping,
        "rows_expected": 100,
        "rows_read": 100,
        "rows_imported": 98,
        "rows_failed": 2,
        "cursor_moved": True,
        "started_at": now,
        "finished_at": now,
    }
    return ImportRun.objects.create(parent=item, **values | changes)


def open_run(item: Import, **changes: Any) -> ImportRun:
    """Under way: nothing of it has been read yet."""
    nothing = dict.fromkeys(("rows_read", "rows_imported", "rows_failed"), 0)
    values = {"status": ImportRun.Status.RUNNING, "finished_at": None, "cursor_moved": False}
    return make_run(item, **values | nothing | changes)


def make_batch(
    run: ImportRun, *, part: int = 0, is_tail: bool = False, **changes: Any
) -> ImportBatch:
    """A batch of a hundred rows; units come with their first one."""
    unit, _ = run.units.get_or_create(part=part, defaults={"is_tail": is_tail})
    first = unit.batches.count() * 100
    return ImportBatch.objects.create(
        unit=unit, **{"first_row": first, "end_row": first + 100} | changes
    )


def keep_failed(
    run: ImportRun,
    original: pa.Table,
    failures: Sequence[Sequence[tuple[str, str, str | None]]],
    *,
    part: int = 0,
    first_row: int = 0,
) -> ImportBatch:
    """Rows of the source that failed, with (column, code, value) for each failure, in a file."""
    stored = [
        [{"column": column, "code": code, "value": value} for column, code, value in each]
        for each in failures
    ]
    rows = pa.table(
        {
            "row_number": pa.array(range(first_row, first_row + len(stored)), pa.int64()),
            "original": original.to_struct_array().combine_chunks(),
            "failures": pa.array(stored, FAILURES),
        }
    )
    name = f"failed-{uuid.uuid4().hex}.parquet"
    with folder_of(run).open_output_stream(name) as stream:
        pq.write_table(rows, stream)
    counts: dict[str, dict[str, int]] = {}
    for column, code, _ in (one for each in failures for one in each):
        columns = counts.setdefault(code, {})
        columns[column] = columns.get(column, 0) + 1
    return make_batch(
        run,
        part=part,
        rows_failed=len(stored),
        failed_rows_kept=len(stored),
        failed_file=name,
        failures=counts,
    )
