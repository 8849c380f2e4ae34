"""[pure] The lake seen as files: its newest version, and a survey of what they all hold."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from deltalake.fs import DeltaStorageHandler

from clevertap_partners.eventstore.records import EVENTS_SCHEMA
from clevertap_partners.eventstore.survey import Survey, survey

SURVEY_ROWS = 100_000


def newest_version(table_uri: str) -> int | None:
    """The newest version of the table; None when nothing was ever loaded."""
    try:
        return int(DeltaTable(table_uri).version())
    except TableNotFoundError:
        return None


def survey_files(table: DeltaTable) -> Survey:
    """What the table holds at its version, read file by file."""
    store = pafs.PyFileSystem(DeltaStorageHandler(table.table_uri))
    found = Survey()
    actions = pa.table(table.get_add_actions(flatten=True))
    for action in actions.select(["path", "partition.event_day"]).to_pylist():
        with store.open_input_file(action["path"]) as stream:
            for batch in pq.ParquetFile(stream).iter_batches(batch_size=SURVEY_ROWS):
                found.add(survey(_with_day(batch, action["partition.event_day"])))
    return found


def _with_day(batch: pa.RecordBatch, day: datetime.date) -> pa.Table:
    """The rows with the day, which Delta keeps in the file's path."""
    days = pa.repeat(pa.scalar(day, pa.date32()), batch.num_rows)
    return pa.Table.from_batches([batch]).add_column(0, EVENTS_SCHEMA.field("event_day"), days)


def known_record_ids(table: DeltaTable, rows: pa.Table) -> pa.Array:
    """Those record ids of the rows that the table holds already on one of the rows' days."""
    store = pafs.PyFileSystem(DeltaStorageHandler(table.table_uri))
    days, ids = set(rows.column("event_day").to_pylist()), rows.column("record_id").combine_chunks()
    known = [pa.array([], pa.string())]
    actions = pa.table(table.get_add_actions(flatten=True))
    for action in actions.select(["path", "partition.event_day"]).to_pylist():
        if action["partition.event_day"] in days:
            with store.open_input_file(action["path"]) as stream:
                stored = pq.read_table(stream, columns=["record_id"]).column("record_id")
            known.append(stored.filter(pc.is_in(stored, value_set=ids)).combine_chunks())
    return pa.concat_arrays(known)
