"""What an import or a run says it reads and makes of it, as objects."""

from __future__ import annotations

from imports import mapping
from imports.mapping import Mapping
from imports.models import Import, ImportRun
from integrations.warehouse import Column, Query


def source_of(row: Import | ImportRun) -> Query:
    """All of the source, every column."""
    return Query(table=row.table) if row.source == row.Source.TABLE else Query(sql=row.sql)


def mapping_of(row: Import | ImportRun) -> Mapping:
    return mapping.from_json(row.mapping)


def columns_of(row: Import | ImportRun) -> tuple[Column, ...]:
    return tuple(Column(**each) for each in row.columns)


# What decides which rows there are: when one of these changes, everything is read again.
_READ_ANEW = ("connection_id", "source", "table", "sql", "kind")


def reads_anew(before: Import | ImportRun, after: Import | ImportRun) -> bool:
    """Whether `after` is about other rows than `before`, or tells them apart by another column."""
    if any(getattr(before, name) != getattr(after, name) for name in _READ_ANEW):
        return True
    return cursor_of(before) != cursor_of(after)


def cursor_of(row: Import | ImportRun) -> tuple[str, str]:
    """What rows are told apart by; nothing in a draft."""
    if not row.mapping:
        return "", ""
    chosen = mapping_of(row)
    return chosen.cursor_column, chosen.cursor_kind
