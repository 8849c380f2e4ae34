"""[pure] Columns with few different values are read, and spelled, once for each of these."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from imports.pipeline.reading import Read, Wrong

# Below this there is nothing to gain; above it, so many values are looked at to tell.
_SAMPLE = 4_096
_FEW = 0.9


def read_once(column: pa.Array, read: Callable[[pa.Array], Read]) -> Read:
    """What `read`, which looks at each value by itself, makes of the column."""
    spelled = _encoded(column)
    if spelled is None:
        return read(column)
    values, places = spelled
    found = read(values)
    wrong = (Wrong(each.code, pc.fill_null(each.rows.take(places), False)) for each in found.wrong)
    return Read(found.values.take(places), tuple(wrong))


def texts_once(column: pa.Array, spell: Callable[[pa.Array], pa.StringArray]) -> pa.StringArray:
    """What `spell`, which leaves nulls as they are, makes of the column."""
    spelled = _encoded(column)
    if spelled is None:
        return spell(column)
    values, places = spelled
    return spell(values).take(places)


def _encoded(column: pa.Array) -> tuple[pa.Array, pa.Array] | None:
    """Different values, and the place of each row's; None when too many are different."""
    rows = len(column)
    if rows < 2 * _SAMPLE:
        return None
    sample = column.take(pa.arange(0, rows, rows // _SAMPLE))
    if pc.count_distinct(sample).as_py() > _FEW * len(sample):
        return None
    # By their bits: 0.0 and -0.0 are not spelled alike.
    is_double = pat.is_float64(column.type)
    encoded = (column.view(pa.int64()) if is_double else column).dictionary_encode()
    values = encoded.dictionary
    return (values.view(pa.float64()) if is_double else values), encoded.indices
