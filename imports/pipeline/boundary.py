"""[pure] Which rows are new, when the source only says that a row changed at or after some time.

Rows that stand exactly at the highest cursor of a run may get company later; so may rows without a
cursor, or with one in the future. The next run reads all of these again. A run therefore leaves the
fingerprints of the rows it met there, and the next one takes away those that it knows, as many
times as they were there: what is left is new. So no row is lost, and none comes twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

PRINTS_SCHEMA = pa.schema([pa.field("cursor_us", pa.int64()), pa.field("print", pa.string())])

Values = Callable[[pa.RecordBatch], pa.Int64Array]
Prints = Callable[[pa.RecordBatch], pa.StringArray]


class Boundary:
    """`known` are the fingerprints that the last run left (PRINTS_SCHEMA); None before the first.

    `now_us` is when this run began: what is later is in the future. `low_us` is its bound.
    """

    def __init__(
        self,
        values: Values,
        prints: Prints,
        *,
        known: pa.Table | None,
        low_us: int | None,
        now_us: int,
    ) -> None:
        self._values = values
        self._prints = prints
        self._low_us = low_us
        self._now_us = now_us
        places = None if known is None else pc.unique(known.column("cursor_us").combine_chunks())
        self._has_null = places is not None and places.null_count > 0
        self._places = pa.array([], pa.int64()) if places is None else places.drop_null()
        self._highest: int | None = None

    def values(self, batch: pa.RecordBatch) -> pa.Int64Array:
        return self._values(batch)

    def too_early(self, values: pa.Int64Array) -> pa.BooleanArray:
        if self._low_us is None:
            return _all(False, values)
        return pc.fill_null(pc.less(values, self._low_us), False)

    def at_boundary(self, values: pa.Int64Array) -> pa.BooleanArray:
        found = pc.is_in(values, value_set=self._places)
        if self._has_null:
            found = pc.or_(found, pc.is_null(values))
        # What is before the bound was read, whatever stands there.
        return pc.and_not(found, self.too_early(values))

    def high(self, values: pa.Int64Array) -> int | None:
        past = values.filter(pc.less_equal(values, self._now_us))
        highest = pc.max(past).as_py()
        return None if highest is None else int(highest)

    def prints(self, batch: pa.RecordBatch, values: pa.Int64Array) -> pa.Table:
        """Of rows without a cursor, with one in the future, or at the highest one so far."""
        high = self.high(values)
        if high is not None:
            self._highest = high if self._highest is None else max(high, self._highest)
        special = pc.fill_null(pc.greater(values, self._now_us), True)
        if self._highest is not None:
            special = pc.or_(special, pc.fill_null(pc.equal(values, self._highest), False))
        rows = batch.filter(special)
        if not rows.num_rows:
            return PRINTS_SCHEMA.empty_table()
        return pa.table([values.filter(special), self._prints(rows)], schema=PRINTS_SCHEMA)


def to_remember(prints: pa.Table, *, high_us: int | None, now_us: int) -> pa.Table:
    """Of all fingerprints of a run's units, those that the next run may meet again."""
    values = prints.column("cursor_us")
    special = pc.fill_null(pc.greater(values, now_us), True)
    if high_us is not None:
        special = pc.or_(special, pc.fill_null(pc.equal(values, high_us), False))
    return prints.filter(special)


def as_often_as_either(one: pa.Table, other: pa.Table) -> pa.Table:
    """Each fingerprint as often as in that table which has more of it."""
    return pa.concat_tables([one, other.filter(which_are_new(other, one))])


def which_are_new(rows: pa.Table, known: pa.Table) -> pa.BooleanArray:
    """Of rows at the boundary (PRINTS_SCHEMA, in order), those that the last run has not met.

    Equal rows are taken away as often as they were met.
    """
    numbered = rows.append_column("place", pa.array(range(rows.num_rows), pa.int64()))
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("numbered", numbered)
        engine.register("known", known)
        found = engine.sql(
            """
            SELECT nth > coalesce(times, 0) AS is_new FROM (
                SELECT *, row_number() OVER (PARTITION BY cursor_us, print ORDER BY place) AS nth
                FROM numbered
            ) AS met LEFT JOIN (
                SELECT cursor_us, print, count(*) AS times FROM known GROUP BY ALL
            ) AS before
            ON met.print = before.print AND met.cursor_us IS NOT DISTINCT FROM before.cursor_us
            ORDER BY place
            """
        ).to_arrow_table()
    return found.column("is_new").combine_chunks()


def new_rows(
    tables: Sequence[pa.Table], known: pa.Table, *, values: Values, prints: Prints
) -> list[pa.Table]:
    """The tables without the rows that `known` has."""
    met = [
        pa.table([values(batch), prints(batch)], schema=PRINTS_SCHEMA)
        for table in tables
        for batch in table.combine_chunks().to_batches()
    ]
    if not met:
        return []
    is_new = which_are_new(pa.concat_tables(met), known)
    kept, start = [], 0
    for table in tables:
        kept.append(table.filter(is_new.slice(start, table.num_rows)))
        start += table.num_rows
    return kept


def _all(value: bool, values: pa.Int64Array) -> pa.BooleanArray:
    return pa.repeat(pa.scalar(value), len(values))
