"""[pure] What good rows are for the catalogue: the mapping knows it, so no file has to be read.

The same as `eventstore.survey` finds in these rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from clevertap_partners.eventstore.kinds import DOUBLE_EXACT
from clevertap_partners.eventstore.survey import FRAME_BYTES, DayTotal, PropertyKey, Survey
from imports.pipeline.values import WHOLE, Piece

SCOPE = "event"
# Whole numbers of fewer characters are exact doubles, whatever their sign.
_SURELY_EXACT = 16

# Of which rows: None means all.
Rows: TypeAlias = "pa.BooleanArray | None"


def contents(rows: pa.Table, pieces: Sequence[tuple[str, Piece]], *, is_one: bool) -> Survey:
    """Of rows of EVENTS_SCHEMA and the pieces of their properties.

    `is_one`: all rows are of one event.
    """
    found = Survey()
    if not rows.num_rows:
        return found
    _add_days(found, rows, is_one=is_one)
    names = sorted({name for name, _ in found.days})
    column = None if is_one else rows.column("event_name").combine_chunks()
    for name, piece in pieces:
        for kind, where in _kinds(piece):
            for event in _events(names, column, where):
                found.properties[PropertyKey(event, SCOPE, name)].add([kind], {})
    return found


def _add_days(found: Survey, rows: pa.Table, *, is_one: bool) -> None:
    """Rows and bytes of each event and day."""
    keys = ["event_day"] if is_one else ["event_day", "event_name"]
    texts = [pc.binary_length(rows.column(name)) for name in ("profile", "event_props")]
    sizes = pc.add(pc.add(*texts), FRAME_BYTES).cast(pa.int64())
    table = rows.select(keys).append_column("size", sizes)
    totals = table.group_by(keys, use_threads=False).aggregate([("size", "count"), ("size", "sum")])
    one = rows.column("event_name")[0].as_py() if is_one else None
    for total in totals.to_pylist():
        key = (total.get("event_name", one), total["event_day"])
        found.days[key] = DayTotal(total["size_count"], total["size_sum"])


def _kinds(piece: Piece) -> Iterator[tuple[str, Rows]]:
    """Each kind that a row may have, and the rows that have it."""
    valid = pc.is_valid(piece.texts) if piece.texts.null_count else None
    if piece.kind != WHOLE:
        yield piece.kind, valid
    elif (pc.max(pc.binary_length(piece.texts)).as_py() or 0) < _SURELY_EXACT:
        yield "integer", valid
    else:
        numbers = piece.texts.cast(pa.int64())
        low, high = DOUBLE_EXACT[0], DOUBLE_EXACT[-1]
        exact = pc.and_(pc.greater_equal(numbers, low), pc.less_equal(numbers, high))
        yield "integer", pc.fill_null(exact, False)
        yield "long", pc.fill_null(pc.invert(exact), False)


def _events(names: list[str], column: pa.StringArray | None, where: Rows) -> list[str]:
    """The events that have a row there, by name."""
    if where is None or where.true_count == len(where):
        return names
    if column is None:
        return names if where.true_count else []
    return sorted(pc.unique(column.filter(where)).to_pylist())
