"""[pure] The lake seen as files: its newest version, their rows, and a survey of what they hold."""

from __future__ import annotations

import contextlib
import datetime
import json
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from deltalake.fs import DeltaStorageHandler

from clevertap_partners.eventstore.records import EVENTS_SCHEMA
from clevertap_partners.eventstore.survey import Survey, Told, survey

SURVEY_ROWS = 100_000
SURVEYED = ["event_name", "profile", "device_info", "event_props", "session_props"]


def newest_version(table_uri: str) -> int | None:
    """The newest version of the table; None when nothing was ever loaded."""
    try:
        return int(DeltaTable(table_uri).version())
    except TableNotFoundError:
        return None


@dataclass(frozen=True)
class DataFile:
    """A data file of a table, by its path below the table."""

    path: str
    rows: int


def data_files(table: DeltaTable) -> list[DataFile]:
    """The files that the table has at its version, by path."""
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    files = [DataFile(action["path"], _rows(table, action)) for action in actions]
    return sorted(files, key=lambda file: file.path)


def row_count(table_uri: str) -> int:
    """The rows of the table's newest version; 0 when there is no table."""
    try:
        return sum(file.rows for file in data_files(DeltaTable(table_uri)))
    except TableNotFoundError:
        return 0


def _rows(table: DeltaTable, action: dict[str, Any]) -> int:
    """As the commit states it; counted in the file when it does not."""
    if (stated := action.get("num_records")) is not None:
        return int(stated)
    with store_of(table.table_uri).open_input_file(action["path"]) as stream:
        return int(pq.ParquetFile(stream).metadata.num_rows)


def store_of(table_uri: str, storage_options: dict[str, str] | None = None) -> pafs.FileSystem:
    """The files of the table's folder, wherever it is."""
    return pafs.PyFileSystem(DeltaStorageHandler(table_uri, storage_options))


def survey_files(table: DeltaTable) -> Survey:
    """What the table holds at its version, read file by file."""
    actions = pa.table(table.get_add_actions(flatten=True))
    rows = actions.select(["path", "partition.event_day"]).to_pylist()
    files = [(action["path"], action["partition.event_day"]) for action in rows]
    return _survey(store_of(table.table_uri), files)


def survey_commit(table_uri: str, version: int, told: Told | None = None) -> Survey | None:
    """What the commit of that version added; None when it cannot be told from the commit alone.

    That is when rows were taken away, or when the commit or a file of it is no longer there. The
    files that are told of need not be read.
    """
    store = store_of(table_uri)
    with contextlib.suppress(FileNotFoundError):
        actions = [json.loads(line) for line in read_commit(store, version).splitlines()]
        if not any(action["remove"]["dataChange"] for action in actions if "remove" in action):
            added = [action["add"] for action in actions if "add" in action]
            files = [_file(add) for add in added if add["dataChange"]]
            if told is not None and told.files == {path for path, _ in files}:
                return told.found
            return _survey(store, files)
    return None


def read_commit(store: pafs.FileSystem, version: int) -> bytes:
    """The actions of the commit that made that version, a line of JSON each."""
    with store.open_input_stream(f"_delta_log/{version:020}.json") as commit:
        return bytes(commit.read())


def _file(add: dict[str, Any]) -> tuple[str, datetime.date]:
    day = datetime.date.fromisoformat(add["partitionValues"]["event_day"])
    return urllib.parse.unquote(add["path"]), day


def _survey(store: pafs.FileSystem, files: Iterable[tuple[str, datetime.date]]) -> Survey:
    """Small files are looked through together: it takes an engine to look through any."""
    found = Survey()
    lot: list[pa.Table] = []
    for rows in _parts(store, files):
        lot.append(rows)
        if sum(part.num_rows for part in lot) >= SURVEY_ROWS:
            found.add(survey(pa.concat_tables(lot)))
            lot.clear()
    if lot:
        found.add(survey(pa.concat_tables(lot)))
    return found


def _parts(
    store: pafs.FileSystem, files: Iterable[tuple[str, datetime.date]]
) -> Iterator[pa.Table]:
    for path, day in files:
        with store.open_input_file(path) as stream:
            for batch in pq.ParquetFile(stream).iter_batches(
                batch_size=SURVEY_ROWS, columns=SURVEYED
            ):
                yield _with_day(batch, day)


def _with_day(batch: pa.RecordBatch, day: datetime.date) -> pa.Table:
    """The rows with the day, which Delta keeps in the file's path."""
    days = pa.repeat(pa.scalar(day, pa.date32()), batch.num_rows)
    return pa.Table.from_batches([batch]).add_column(0, EVENTS_SCHEMA.field("event_day"), days)


def known_record_ids(table: DeltaTable, rows: pa.Table) -> pa.Array:
    """Those record ids of the rows that the table holds already on one of the rows' days."""
    store = store_of(table.table_uri)
    days, ids = set(rows.column("event_day").to_pylist()), rows.column("record_id").combine_chunks()
    known = [pa.array([], pa.string())]
    actions = pa.table(table.get_add_actions(flatten=True))
    for action in actions.select(["path", "partition.event_day"]).to_pylist():
        if action["partition.event_day"] in days:
            with store.open_input_file(action["path"]) as stream:
                stored = pq.read_table(stream, columns=["record_id"]).column("record_id")
            known.append(stored.filter(pc.is_in(stored, value_set=ids)).combine_chunks())
    return pa.concat_arrays(known)
