"""What a run reads, decided once: the query, its snapshot, the streams that hold its rows."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_noop

from clevertap_partners.core.faults import error
from imports import faults
from imports.models import ImportRun
from imports.rules import mapping_problems
from imports.spec import columns_of, mapping_of, source_of
from integrations.services import connection_open_warehouse
from integrations.warehouse import Column, CursorBound, Query, QueryResult, Warehouse

WAIT_S = 5.0


def open_warehouse(run: ImportRun) -> Warehouse:
    """Raises PermanentError when connection or plan no longer allow it."""
    if run.connection is None:
        raise error(faults.CONNECTION_GONE, name=run.connection_name)
    return connection_open_warehouse(connection=run.connection)


def refuse_broken_mapping(run: ImportRun, now: Sequence[Column]) -> list[str]:
    """Compare the source as it is with what was mapped; what is worth a note.

    Raises PermanentError `column_missing`, `column_retyped` or `mapping_broken`.
    """
    chosen, before = mapping_of(run), {each.name: each for each in columns_of(run)}
    found = {each.name: each for each in now}
    for name in chosen.columns:
        if name not in found:
            raise error(faults.COLUMN_MISSING, column=name)
        was, is_now = before.get(name), found[name]
        if was is not None and (was.type, was.is_repeated) != (is_now.type, is_now.is_repeated):
            raise error(
                faults.COLUMN_RETYPED, column=name, before=type_of(was), after=type_of(is_now)
            )
    problems = mapping_problems(chosen, now)
    if problems:
        raise error(faults.MAPPING_BROKEN, problem=problems[0].message)
    return [
        *(
            gettext_noop("The source has a new column, “{name}”. It is not mapped.").format(
                name=name
            )
            for name in found
            if name not in before
        ),
        *(
            gettext_noop("The column “{name}” is gone. It was not mapped.").format(name=name)
            for name in before
            if name not in found
        ),
    ]


def type_of(column: Column) -> str:
    if not column.is_repeated:
        return column.type
    return gettext_noop("a list of {type}").format(type=column.type)


def wanted_rows(run: ImportRun, low_us: int | None, also: Sequence[str] = ()) -> Query:
    """The rows and columns that this run reads; `also` are columns besides those mapped."""
    chosen = mapping_of(run)
    bound = None
    if low_us is not None and chosen.cursor_column:
        bound = CursorBound(chosen.cursor_column, chosen.cursor_kind, low_us)
    source = source_of(run)
    columns = tuple(dict.fromkeys([*chosen.columns, *also]))
    return Query(table=source.table, sql=source.sql, columns=columns, bound=bound)


def refuse_too_many_bytes(run: ImportRun, found: int) -> None:
    cap = run.parent.account.import_max_bytes
    if found > cap:
        raise error(faults.TOO_MANY_BYTES, bytes=filesizeformat(found), cap=filesizeformat(cap))


def job_id(run: ImportRun) -> str:
    """The same for one generation of one run, whoever asks; no run of any database shares it."""
    born = int(run.created_at.timestamp() * 1_000_000)
    return f"partners_import_{run.parent.account_id}_{run.pk}_{born}_{run.generation}"


def query_result(
    run: ImportRun, warehouse: Warehouse, query: Query, still_ours: Callable[[], None]
) -> QueryResult:
    """Begin the query, or find the one that was begun, and wait for its end."""
    name = job_id(run)
    warehouse.start(query, job_id=name, max_bytes=run.parent.account.import_max_bytes)
    while True:
        still_ours()
        result = warehouse.wait(name, timeout_s=WAIT_S)
        if result is not None:
            return result


def result_as_json(result: QueryResult) -> dict[str, Any]:
    return {**asdict(result), "expires_at": result.expires_at.isoformat()}


def result_from_json(stored: dict[str, Any]) -> QueryResult:
    return QueryResult(
        **{
            **stored,
            "columns": tuple(Column(**each) for each in stored["columns"]),
            "expires_at": datetime.datetime.fromisoformat(stored["expires_at"]),
        }
    )


def max_streams() -> int:
    return int(settings.IMPORT_MAX_STREAMS)
