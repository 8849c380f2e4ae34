"""[pure] Rows through the engine's expressions, so few at a time that they keep within memory.

The engine takes 2,048 rows at a time from a file. From batches it takes no more than a batch has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import duckdb
import pyarrow as pa

from clevertap_partners.eventstore.query import Query

# Of rows as they are in the lake; an expression makes several copies of them.
PIECE_BYTES = 1_000_000


def rows_within(limit_bytes: int, width: int, most: int) -> int:
    """How many rows of about `width` bytes each to have in memory at a time."""
    return max(min(limit_bytes // max(width, 1), most), 1)


def encoded(
    rows: duckdb.DuckDBPyRelation, query: Query, keys: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """The rows as the query wants them, with the keys."""
    for projection in query.projections:
        rows = rows.project(", ".join([*keys, projection]))
    return rows


def encoded_in_pieces(
    cursor: duckdb.DuckDBPyConnection,
    batches: Iterator[pa.RecordBatch],
    query: Query,
    keys: Sequence[str],
    rows_out: int,
    width: int = 0,
) -> Iterator[pa.RecordBatch]:
    """The same, of rows that come in batches; so many in each batch that is given out.

    `width`: what a row takes in the engine, if that is more than its own bytes.

    What is raised while the engine asks for a batch is raised here as it was.
    """
    troubles: list[Exception] = []
    pieces = _remembering(_pieces(batches, width), troubles)
    first = next(pieces, None)
    if first is None:
        return
    rows = cursor.from_arrow(
        pa.RecordBatchReader.from_batches(first.schema, chain([first], pieces))
    )
    try:
        yield from encoded(rows, query, keys).to_arrow_reader(rows_out)
    except (duckdb.Error, OSError) as error:
        # It comes out of the engine as an error of the engine's.
        if troubles:
            raise troubles[0] from error
        raise


def _remembering(
    batches: Iterator[pa.RecordBatch], troubles: list[Exception]
) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except Exception as error:
        troubles.append(error)
        raise


def _pieces(batches: Iterator[pa.RecordBatch], width: int) -> Iterator[pa.RecordBatch]:
    """The engine works through one piece after the other, with several copies of each."""
    for batch in batches:
        widest = max(width, batch.nbytes // batch.num_rows)
        count = rows_within(PIECE_BYTES, widest, batch.num_rows)
        for start in range(0, batch.num_rows, count):
            yield batch.slice(start, count)
