"""[pure] Who has changed between two versions of the profiles: by what the rows hold.

A merge rewrites whole files, compaction too, so a new file is mostly people who are as they were.
Whoever is in a new file just as in an old one has not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from clevertap_partners.eventstore.files import DataFile, data_files
from clevertap_partners.eventstore.profiles import PROFILES_SCHEMA

BATCH_ROWS = 8_192
# Who a row is of and the hash of all of it: of one person's two states one in 2**64 passes for the
# other, of two people's one in 2**128, as the two hashes have nothing in common.
_STATE = f"hash('who ' || identity) AS person, hash({', '.join(PROFILES_SCHEMA.names)}) AS state"
_COLUMNS = "person UBIGINT, state UBIGINT"


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
    engine: duckdb.DuckDBPyConnection,
    files: ChangedFiles,
    rows: Callable[[duckdb.DuckDBPyConnection, str], duckdb.DuckDBPyRelation],
) -> dict[str, pa.BooleanArray]:
    """For each row of each new file, in their order, whether the old files lack a row like it.

    `rows` gives a file's rows, to be read when the query runs. Every file is read once, whatever
    their number; what is noted of the rows is the engine's, which spills it.
    """
    engine.execute(f"CREATE TABLE later (place BIGINT, {_COLUMNS})")
    engine.execute(f"CREATE TABLE earlier ({_COLUMNS})")
    starts = [0, *accumulate(file.rows for file in files.new)]
    for start, file in zip(starts, files.new, strict=False):
        place = f"{start} + row_number() OVER () - 1 AS place"
        rows(engine, file.path).project(f"{place}, {_STATE}").insert_into("later")
    for file in files.old:
        rows(engine, file.path).project(_STATE).insert_into("earlier")
    changed = bytearray(starts[-1])
    others = engine.sql("SELECT place FROM later ANTI JOIN earlier USING (person, state)")
    for batch in others.to_arrow_reader(BATCH_ROWS):
        for place in batch.column("place").to_pylist():
            changed[place] = True
    return {
        file.path: _flags(changed[start : start + file.rows])
        for start, file in zip(starts, files.new, strict=False)
    }


def _flags(marks: bytearray) -> pa.BooleanArray:
    numbers = pa.Array.from_buffers(pa.uint8(), len(marks), [None, pa.py_buffer(marks)])
    return numbers.cast(pa.bool_())


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
