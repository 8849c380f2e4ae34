"""Rows of a source as the wizard shows them: every value as a short text."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from integrations.warehouse import Column

MAX_COLUMNS = 100
_MAX_CHARS = 160


@dataclass(frozen=True)
class Preview:
    """The first columns of some rows; a cell is None where the value is null."""

    columns: tuple[Column, ...]
    rows: list[tuple[str | None, ...]]
    columns_left_out: int

    @property
    def has_nested(self) -> bool:
        return any(column.is_nested for column in self.columns)


def preview_of(table: pa.Table, columns: Sequence[Column]) -> Preview:
    shown = tuple(columns[:MAX_COLUMNS])
    cells = [
        [cell_text(value) for value in table.column(number).to_pylist()]
        for number in range(len(shown))
    ]
    return Preview(shown, list(zip(*cells, strict=True)), len(columns) - len(shown))


def cell_text(value: Any) -> str | None:
    if value is None:
        return None
    text = _text(value)
    return text if len(text) <= _MAX_CHARS else f"{text[:_MAX_CHARS]}…"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | dict):
        return json.dumps(value, default=_text, ensure_ascii=False)
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return f"{value.astimezone(datetime.UTC).replace(tzinfo=None)} UTC"
    return str(value)
