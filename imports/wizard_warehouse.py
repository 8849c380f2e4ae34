"""What the wizard asks a warehouse while somebody waits for the page: never for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import pyarrow as pa
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PartnersError, PermanentError
from clevertap_partners.core.faults import error
from clevertap_partners.core.templatetags.ui import size
from imports import faults
from integrations.models import Connection
from integrations.services import connection_open_warehouse
from integrations.warehouse import Column, Estimate, Query, SqlInvalid, TableInfo, Warehouse

T = TypeVar("T")

LIMIT_S = 20.0
PREVIEW_ROWS = 50
SAMPLE_ROWS = 100
THREADS_PER_ACCOUNT = 4
_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="wizard-warehouse")


@dataclass(frozen=True)
class SqlMistake:
    """A mistake in a SQL text: the line it is in, and how many characters stand before it."""

    line: int
    column: int
    text: str

    @property
    def marker(self) -> str:
        indent = self.text[: self.column - 1]
        return "".join("\t" if char == "\t" else " " for char in indent) + "^"


def table_list(*, connection: Connection) -> Sequence[TableInfo]:
    """The tables that can be picked. Raises PartnersError, as everything here does."""
    return _asked(connection, lambda warehouse: warehouse.tables())


def source_estimate(*, connection: Connection, query: Query, account: Account) -> Estimate:
    """What the query gives and reads; refused where that is more than the account may read."""
    estimate = _asked(connection, lambda warehouse: warehouse.estimate(query))
    if estimate.bytes > account.import_max_bytes:
        text = gettext_noop(
            "This would read {bytes}; an import of this account may read {most} at most."
        )
        raise PermanentError(
            text.format(bytes=size(estimate.bytes), most=size(account.import_max_bytes)),
            code="too_many_bytes",
            fix=gettext_noop(
                "Choose a smaller table, or write SQL that reads fewer columns or partitions."
            ),
        )
    return estimate


def source_rows(
    *, connection: Connection, query: Query, account: Account, rows: int, at_random: bool
) -> pa.Table:
    """Some rows of the source, the first ones or any."""
    return _asked(
        connection,
        lambda warehouse: warehouse.sample(
            query, rows=rows, max_bytes=account.import_max_bytes, at_random=at_random
        ),
    )


def columns_as_json(columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "type": each.type, "is_repeated": each.is_repeated} for each in columns
    ]


def mistake_in(sql: str, refusal: PartnersError) -> SqlMistake | None:
    """Where the mistake is, if the warehouse has named the place."""
    if not isinstance(refusal, SqlInvalid) or refusal.line is None or refusal.column is None:
        return None
    lines = sql.splitlines()
    if not 0 < refusal.line <= len(lines):
        return None
    return SqlMistake(refusal.line, max(refusal.column, 1), lines[refusal.line - 1])


def _asked(connection: Connection, ask: Callable[[Warehouse], T]) -> T:
    # The key is read here: the thread below must not touch the database.
    warehouse = connection_open_warehouse(connection=connection)
    return within(LIMIT_S, lambda: ask(warehouse), account_id=connection.account_id)


def within(limit_s: float, work: Callable[[], T], *, account_id: int) -> T:
    """What `work` returns or raises; TransientError where that takes too long.

    The work then goes on behind, for as long as its own timeouts let it. An account whose
    warehouse is slow waits for its own threads, and leaves those of the others alone.
    """
    end = time.monotonic() + limit_s
    places = _places_of(account_id)
    if not places.acquire(timeout=limit_s):
        raise error(faults.WAREHOUSE_SLOW, seconds=f"{limit_s:.0f}")
    answer = _threads.submit(work)
    answer.add_done_callback(lambda _: places.release())
    try:
        return answer.result(max(0.0, end - time.monotonic()))
    except TimeoutError as timeout:
        # It may not have begun yet; what has begun cannot be called back.
        answer.cancel()
        raise error(faults.WAREHOUSE_SLOW, seconds=f"{limit_s:.0f}") from timeout


@cache
def _places_of(account_id: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(THREADS_PER_ACCOUNT)
