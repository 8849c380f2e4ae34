"""Pages of a table's rows, as REST gives them."""

from __future__ import annotations

import urllib.parse
from typing import Any

from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator, table_path
from clevertap_partners.sandbox.gateway.bigquery.sql import TableName

MAX_PAGE = 10_000

Json = dict[str, Any]


class Rows:
    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def page(self, table: TableName, paging: Json, *, with_schema: bool = False) -> Json:
        """`paging` is what the caller asks for: maxResults, startIndex, pageToken, selectedFields.

        Rows, their total number, and a token while there are more.
        """
        path = table_path(table.project, table.dataset, table.table)
        total = self.count(table)
        first = _number(paging.get("pageToken") or paging.get("startIndex"), 0)
        count = min(_number(paging.get("maxResults"), MAX_PAGE), MAX_PAGE, max(total - first, 0))
        answer: Json = {"totalRows": str(total)}
        if with_schema:
            answer["schema"] = self._emulator.expect("GET", path)["schema"]
        if count:
            answer["rows"] = self._read(path, first, count, paging.get("selectedFields", ""))
        if count and first + count < total:
            answer["pageToken"] = str(first + count)
        return answer

    def count(self, table: TableName) -> int:
        """What the emulator says of a table itself is as old as the table."""
        path = table_path(table.project, table.dataset, table.table)
        return int(self._emulator.expect("GET", f"{path}/data?maxResults=1")["totalRows"])

    def _read(self, path: str, first: int, count: int, fields: str) -> list[Json]:
        asked: Json = {"startIndex": first, "maxResults": count}
        if fields:
            asked["selectedFields"] = fields
        found = self._emulator.expect("GET", f"{path}/data?{urllib.parse.urlencode(asked)}")
        return list(found.get("rows", []))


def _number(asked: Any, default: int) -> int:
    text = str(asked if asked is not None else "")
    return int(text) if text.isdigit() else default
