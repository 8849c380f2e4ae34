"""A dataset in memory, for the wizard's pages only; runs meet the real emulator."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from clevertap_partners.core.errors import PartnersError, PermanentError
from integrations.warehouse import Column, Estimate, Query, SqlInvalid, TableInfo

SQL_TABLE = "sql"


COLUMNS = (
    Column("user_id", "STRING"),
    Column("updated_at", "TIMESTAMP"),
    Column("created_at", "TIMESTAMP"),
    Column("plan", "STRING"),
    Column("visits", "INT64"),
    Column("address", "STRUCT"),
    Column("tags", "STRING", is_repeated=True),
)
COLUMNS_AS_JSON = [
    {"name": each.name, "type": each.type, "is_repeated": each.is_repeated} for each in COLUMNS
]


def rows(count: int = 60) -> pa.Table:
    moment = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
    moments = pa.array([moment] * count, pa.timestamp("us", tz="UTC"))
    return pa.table(
        {
            "user_id": pa.array([f"u-{number}" for number in range(count)]),
            "updated_at": moments,
            "created_at": moments,
            "plan": pa.array(["gold", None] * (count // 2) + ["gold"] * (count % 2)),
            "visits": pa.array(range(count), pa.int64()),
            "address": pa.array([{"city": "Köln"}] * count),
            "tags": pa.array([["a", "b"]] * count),
        }
    )


@dataclass
class FakeTable:
    columns: tuple[Column, ...]
    rows: pa.Table
    bytes: int = 1_000_000


@dataclass
class FakeWarehouse:
    """Tables by name; the one named “sql” answers every query. `error` is raised by every call."""

    contents: dict[str, FakeTable]
    error: PartnersError | None = None
    asked: list[str] = field(default_factory=list)

    def tables(self) -> Sequence[TableInfo]:
        self._note("tables")
        return [
            TableInfo(name, rows=table.rows.num_rows, bytes=table.bytes)
            for name, table in sorted(self.contents.items())
            if name != SQL_TABLE
        ]

    def estimate(self, query: Query) -> Estimate:
        self._note("estimate")
        found = self._found(query)
        return Estimate(found.columns, found.bytes)

    def sample(self, query: Query, *, rows: int, max_bytes: int, at_random: bool) -> pa.Table:
        self._note("sample at random" if at_random else "sample")
        return self._found(query).rows.slice(0, rows)

    def _note(self, call: str) -> None:
        self.asked.append(call)
        if self.error:
            raise self.error

    def _found(self, query: Query) -> FakeTable:
        name = SQL_TABLE if query.sql else query.table
        if name not in self.contents:
            raise PermanentError(
                f"There is no table “{name}” in the dataset.",
                code="table_not_found",
                fix="Pick one from the list.",
            )
        return self.contents[name]


def shop_dataset() -> FakeWarehouse:
    """People in three sizes: some, none, and more than an account may read."""
    return FakeWarehouse(
        {
            "users": FakeTable(COLUMNS, rows()),
            "empty": FakeTable(COLUMNS, rows(0)),
            "huge": FakeTable(COLUMNS, rows(), bytes=2_000_000_000_000),
            SQL_TABLE: FakeTable(COLUMNS[:2], rows().select(["user_id", "updated_at"])),
        }
    )


def sql_mistake(words: str, line: int, column: int) -> SqlInvalid:
    """What a warehouse raises that has found a mistake there."""
    error = SqlInvalid(words, code="sql_invalid", fix="Mend it.")
    error.line, error.column = line, column
    return error
