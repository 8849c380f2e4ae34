"""[pure] Who has changed between two versions of the profiles: by what the rows hold.

A merge rewrites whole files, compaction too, so a new file is mostly people who are as they were.
Whoever is in a new file just as in an old one has not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import duckdb
import numpy as np
import pyarrow as pa
from deltalake import DeltaTable

from clevertap_partners.eventstore.files import DataFile, data_files
from clevertap_partners.eventstore.profiles import PROFILES_SCHEMA

BATCH_ROWS = 8_192
# A row's identity and the hash of all of it: of one person's two states one in 2**64 passes for the
# other.
_STATE = f"identity, hash({', '.join(PROFILES_SCHEMA.names)}) AS state"


@dataclass(frozen=True)
class ChangedFiles:
    """Files that only the later version has, and those that only the earlier one had, by path."""

    new: tuple[DataFile, ...]
    old: tuple[DataFile, ...]


def changed_files(table_uri: str, since: int, version: int) -> ChangedFiles:
    before = {file.path: file for file in data_files(DeltaTable(table_uri, version=since))}
    after = {file.path: file for file in data_files(DeltaTable(table_uri, version=version))}
    return ChangedFiles(
        new=tuple(file for path, file in after.items() if path not in before),
        old=tuple(file for path, file in before.items() if path not in after),
    )


def changed_places(
    new: duckdb.DuckDBPyRelation, old: Sequence[duckdb.DuckDBPyRelation], rows: int
) -> pa.BooleanArray:
    """For each of the `rows` rows of `new`, in their order, whether `old` lacks a row like it.

    All of one cursor, so that one query can read them.
    """
    places = new.project(f"row_number() OVER () - 1 AS place, {_STATE}")
    if old:
        states = reduce(lambda one, more: one.union(more), [part.project(_STATE) for part in old])
        places = places.join(states, "identity, state", how="anti")
    changed = np.zeros(rows, dtype=bool)
    for batch in places.project("place").to_arrow_reader(BATCH_ROWS):
        changed[batch.column("place").to_numpy()] = True
    return pa.array(changed)


def only_changed(
    batches: Iterable[pa.RecordBatch], changed: pa.BooleanArray
) -> Iterator[pa.RecordBatch]:
    """The rows of `batches` whose places are in `changed`; batches without any are left out."""
    start = 0
    for batch in batches:
        rows = _plain(batch).filter(changed.slice(start, batch.num_rows))
        start += batch.num_rows
        if rows.num_rows:
            yield rows


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """With texts as Arrow's functions know them: a merge writes views, which they cannot filter."""
    fields = [
        field.with_type(pa.string()) if field.type == pa.string_view() else field
        for field in batch.schema
    ]
    return batch.cast(pa.schema(fields))
