"""What the last finished run of an import has left for the next one: where it stood, and by what
it knows the rows again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

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


def earlier_run(run: ImportRun) -> ImportRun | None:
    """The run after which this one reads on; None for the first and for failed rows."""
    if run.trigger == ImportRun.Trigger.FAILED_ROWS:
        return None
    return run.parent.last_done


def known_prints(run: ImportRun) -> pa.Table | None:
    earlier = earlier_run(run)
    if earlier is None or not earlier.prints_file:
        return None
    return RunStore(earlier).read(earlier.prints_file)


def print_columns(run: ImportRun, now: Sequence[Column]) -> tuple[str, ...]:
    """The columns that the earlier run knows its rows by, as far as the source still has them."""
    earlier = earlier_run(run)
    if earlier is None or not earlier.prints_file:
        return ()
    found = {column.name for column in now}
    return tuple(name for name in mapping_of(earlier).columns if name in found)


def values_of(run: ImportRun) -> Values:
    return partial(cursor_us, mapping=mapping_of(run))


def prints_of(run: ImportRun) -> Prints:
    return partial(fingerprints, columns=mapping_of(run).columns)


def prints_of_earlier(run: ImportRun) -> Prints | None:
    """None when the source has lost a column that the rows were known by."""
    earlier = earlier_run(run)
    if earlier is None:
        return None
    columns = mapping_of(earlier).columns

    def prints(batch: pa.RecordBatch) -> pa.StringArray:
        return fingerprints(batch, columns=columns)

    held = {column["name"] for column in run.result.get("columns", [])}
    chosen: Callable[[pa.RecordBatch], pa.StringArray] = prints
    return chosen if held.issuperset(columns) else None
