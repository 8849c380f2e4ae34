"""How many bytes a query reads, by Google's sizes of data types.

https://cloud.google.com/bigquery/pricing#data has the sizes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator, table_path
from clevertap_partners.sandbox.gateway.bigquery.sql import TableName
from clevertap_partners.sandbox.gateway.messages import GoogleError

MEBIBYTE = 1024 * 1024
SMALLEST_BILL = 10 * MEBIBYTE
_FIXED = {"BOOLEAN": 1, "BOOL": 1, "NUMERIC": 16, "BIGNUMERIC": 32, "INTERVAL": 16, "RANGE": 16}
_BY_LENGTH = {"STRING", "BYTES", "JSON", "GEOGRAPHY"}
_ELEMENT = 16

Json = dict[str, Any]


class Sizes:
    """Measured once for each table, and again after something may have changed it."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._known: dict[tuple[TableName, str], dict[str, int]] = {}

    def of(self, table: TableName, columns: Iterable[str] | None = None) -> int:
        """The bytes of a table, or of those of its columns that have one of these names."""
        sizes = self._columns(table)
        wanted = sizes if columns is None else set(columns)
        return sum(size for name, size in sizes.items() if name in wanted)

    def forget(self) -> None:
        self._known.clear()

    def _columns(self, table: TableName) -> dict[str, int]:
        path = table_path(table.project, table.dataset, table.table)
        resource = self._emulator.expect("GET", path)
        key = (table, str(resource.get("creationTime", "")))
        if key not in self._known:
            self._known[key] = self._measure(table, resource)
        return self._known[key]

    def _measure(self, table: TableName, resource: Json) -> dict[str, int]:
        fields = resource.get("schema", {}).get("fields", [])
        if not fields:
            return {}
        sums = ", ".join(
            f"SUM({_size(one, _quoted(one['name']))}) AS s{at}" for at, one in enumerate(fields)
        )
        whole = f"`{table.project}`.`{table.dataset}`.`{table.table}`"
        asked = {"query": f"SELECT {sums} FROM {whole}", "useLegacySql": False}
        answer = self._emulator.expect("POST", f"{table.project}/queries", asked)
        if not answer.get("rows"):
            problem = f"The size of {table} could not be measured: {answer.get('errors')}"
            raise GoogleError(503, problem, reason="backendError")
        values = [cell["v"] for cell in answer["rows"][0]["f"]]
        return {
            one["name"].lower(): int(float(value or 0))
            for one, value in zip(fields, values, strict=True)
        }


def billed(read: int) -> int:
    """The bytes that are paid for: whole mebibytes, ten at least."""
    return max(SMALLEST_BILL, -(-read // MEBIBYTE) * MEBIBYTE) if read else 0


def _quoted(name: str) -> str:
    return f"`{name}`"


def _size(field: Json, name: str) -> str:
    """SQL for the size of one value; NULL is 0."""
    if field.get("mode") == "REPEATED":
        return f"{_ELEMENT} * ARRAY_LENGTH({name})"
    kind = field["type"]
    if kind in {"RECORD", "STRUCT"}:
        parts = [_size(one, f"{name}.{_quoted(one['name'])}") for one in field.get("fields", [])]
        return " + ".join(f"COALESCE({part}, 0)" for part in parts) or "0"
    if kind in _BY_LENGTH and kind == "STRING":
        return f"2 + BYTE_LENGTH({name})"
    if kind in _BY_LENGTH:
        return f"IF({name} IS NULL, 0, {_ELEMENT})"
    return f"IF({name} IS NULL, 0, {_FIXED.get(kind, 8)})"
