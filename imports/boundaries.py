"""What the last finished run of an import has left for the next one: where it stood, and by what
it knows the rows again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from imports.models import ImportRun
from imports.pipeline.boundary import Boundary, Prints, Values
from imports.pipeline.cursor import cursor_us, fingerprints
from imports.spec import mapping_of
from imports.store import RunStore
from integrations.warehouse import Column


def boundary_of(run: ImportRun, *, is_tail: bool) -> Boundary:
    """The tail is what is left at the boundary: nothing of it is set aside again."""
    if run.captured_at is None:
        raise ValueError(f"{run} is not planned.")
    return Boundary(
        values_of(run),
        prints_of(run),
        known=None if is_tail else known_prints(run),
        low_us=None if is_tail else run.low_us,
        now_us=now_us(run),
    )


def now_us(run: ImportRun) -> int:
    """When the run began; what is later is in the future."""
    if run.captured_at is None:
        raise ValueError(f"{run} is not planned.")
    return int(run.captured_at.timestamp()) * 1_000_000


def has_boundary(run: ImportRun) -> bool:
    """Whether an earlier run has left rows that this one may meet again."""
    return run.after is not None and bool(run.after.prints_file)


def known_prints(run: ImportRun) -> pa.Table | None:
    if run.after is None or not run.after.prints_file:
        return None
    return RunStore(run.after).read(run.after.prints_file)


def print_columns(run: ImportRun, now: Sequence[Column]) -> tuple[str, ...]:
    """The columns that the earlier run knows its rows by, as far as the source still has them."""
    if run.after is None or not run.after.prints_file:
        return ()
    found = {column.name for column in now}
    return tuple(name for name in mapping_of(run.after).columns if name in found)


def lost_columns(run: ImportRun, now: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those of these columns that went or changed their type: by them no row is known again."""
    if run.after is None or not run.after.prints_file:
        return []
    before = {each["name"]: each["type"] for each in run.after.result.get("columns", [])}
    found = {each["name"]: each["type"] for each in now}
    columns = mapping_of(run.after).columns
    return [name for name in columns if found.get(name) != before.get(name)]


def values_of(run: ImportRun) -> Values:
    return partial(cursor_us, mapping=mapping_of(run))


def prints_of(run: ImportRun) -> Prints:
    return partial(fingerprints, columns=mapping_of(run).columns)


def prints_of_earlier(run: ImportRun) -> Prints | None:
    """None when the source has lost a column that the rows were known by."""
    if run.after is None or lost_columns(run, run.result.get("columns", [])):
        return None
    return partial(fingerprints, columns=mapping_of(run.after).columns)
