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
