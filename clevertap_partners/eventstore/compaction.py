"""[pure] Makes few large files of a day's many small ones, in the order that the lake promises.

A commit of this kind says that no data changed: nothing arrives by it, and whoever reads an older
version still finds that version's files, which stay until the vacuum takes them.

delta-rs' own compaction does not keep the order of rows across the files that it joins.
"""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from clevertap_partners.core.faults import error
from clevertap_partners.eventstore import faults
from clevertap_partners.eventstore.committing import KEEP_LOGS, commit_properties
from clevertap_partners.eventstore.event_files import (
    FILE_SCHEMA,
    PARTITION,
    ROW_GROUP_ROWS,
    new_path,
    write_file,
)
from clevertap_partners.eventstore.files import store_of
from clevertap_partners.eventstore.merge import merge_sorted
from clevertap_partners.eventstore.parquet_rows import parquet_rows
from clevertap_partners.eventstore.pieces import rows_within
from clevertap_partners.eventstore.records import EVENTS_SCHEMA, SORT_KEYS

COMMIT_TRIES = 10
# A file of this size is never written again, so that compacting stays cheap for ever.
LARGE_BYTES = 256_000_000
# How many files are merged at a time: each takes some memory of its own.
FAN_IN = 6
# A merge reads no more than this, so that it is over in a minute or two.
MERGE_BYTES = 512_000_000
# A day that still fills up is left alone until it has so many small files.
BUSY_FILES = 6
# After this long, late events apart, a day is complete; its files are worth being one.
SETTLED = datetime.timedelta(days=2)
# The largest file of a merge has at most so many times the bytes of all others: each byte is then
# written again only as often as the file that it lies in has grown by a good part.
FILLING_RATIO, SETTLED_RATIO = 1, 8
# Of rows as they are in the lake: in all batches that are merged; in a row group that is written.
MERGED_BYTES = 2_000_000
ROW_GROUP_BYTES = 8_000_000


@dataclass(frozen=True)
class EventFile:
    """A data file of the table's newest version, by its path below the table."""

    path: str
    size: int
    day: datetime.date


@dataclass(frozen=True)
class Merge:
    """Files of one day that shall become one."""

    day: datetime.date
    files: tuple[EventFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


def event_files(table_uri: str) -> list[EventFile]:
    """The files of the newest version; none when there is no table."""
    try:
        return _files_of(DeltaTable(table_uri))
    except TableNotFoundError:
        return []


def merges(files: Iterable[EventFile], *, today: datetime.date, thorough: bool) -> Iterator[Merge]:
    """What is worth merging now, at most one merge a day, latest days first.

    `thorough` also takes days with few files; else only what would soon be too many.
    """
    days: dict[datetime.date, list[EventFile]] = {}
    for file in files:
        days.setdefault(file.day, []).append(file)
    for day in sorted(days, reverse=True):
        settled = today - day > SETTLED
        ratio = SETTLED_RATIO if settled else FILLING_RATIO
        least = BUSY_FILES if not thorough else 2 if settled else BUSY_FILES // 2
        if chosen := _chosen(days[day], least, ratio):
            yield Merge(day, chosen)


def merge_files(table_uri: str, merge: Merge) -> int | None:
    """Put one sorted file in place of the merge's; the version that has it.

    None when one of the files is no longer in the table: then nothing has changed. Raises
    PermanentError `lake_rows_differ` when the merged file is not what went into it.
    """
    store = store_of(table_uri)
    path = new_path(merge.day)
    action = _written(table_uri, store, path, merge)
    return _commit(table_uri, store, action, merge)


def _files_of(table: DeltaTable) -> list[EventFile]:
    actions = pa.table(table.get_add_actions(flatten=True))
    rows = actions.select(["path", "size_bytes", f"partition.{PARTITION}"]).to_pylist()
    return [EventFile(*row.values()) for row in rows]


def _chosen(files: Collection[EventFile], least: int, ratio: int) -> tuple[EventFile, ...]:
    """The smallest files, as many as are worth it; none when they are fewer than `least`."""
    small = sorted(
        (file for file in files if file.size < LARGE_BYTES), key=lambda file: (file.size, file.path)
    )
    if len(small) < least:
        return ()
    sizes = [file.size for file in small]
    for count in range(min(len(small), FAN_IN), 1, -1):
        others = sum(sizes[: count - 1])
        if sizes[count - 1] <= ratio * others and others + sizes[count - 1] <= MERGE_BYTES:
            return tuple(small[:count])
    return ()


def _written(table_uri: str, store: pafs.FileSystem, path: str, merge: Merge) -> AddAction:
    try:
        action, rows = _write(table_uri, store, path, [file.path for file in merge.files])
        _check_rows(store, path, rows)
    except BaseException:
        # No commit names it yet.
        with contextlib.suppress(FileNotFoundError):
            store.delete_file(path)
        raise
    return action


def _write(
    table_uri: str, store: pafs.FileSystem, path: str, files: Sequence[str]
) -> tuple[AddAction, int]:
    """The merged file and how many rows it must have."""
    ends = [_end(store, file) for file in files]
    width = max(_widest(end) for end in ends)
    batch_rows = rows_within(MERGED_BYTES // len(files), width, ROW_GROUP_ROWS)
    streams = [iter(parquet_rows(table_uri, [file], None, batch_rows)) for file in files]
    parts = _row_groups(merge_sorted(streams, SORT_KEYS))
    action = write_file(store, path, parts, width=width, data_change=False)
    return action, sum(end.num_rows for end in ends)


def _end(store: pafs.FileSystem, path: str) -> pq.FileMetaData:
    with store.open_input_file(path) as file:
        end = pq.read_metadata(file)
    if not end.schema.to_arrow_schema().equals(FILE_SCHEMA):
        raise error(faults.LAKE_UNKNOWN_FILE, path=path)
    return end


def _widest(end: pq.FileMetaData) -> int:
    """About how many bytes a row has where rows are largest."""
    groups = [end.row_group(number) for number in range(end.num_row_groups)]
    return max(
        (int(group.total_byte_size // max(group.num_rows, 1)) for group in groups), default=0
    )


def _row_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows in tables that are worth a row group each."""
    kept: list[pa.RecordBatch] = []
    size = rows = 0
    for batch in batches:
        kept.append(batch)
        size += batch.nbytes
        rows += batch.num_rows
        if size >= ROW_GROUP_BYTES or rows >= ROW_GROUP_ROWS:
            yield pa.Table.from_batches(kept)
            kept, size, rows = [], 0, 0
    if kept:
        yield pa.Table.from_batches(kept)


def _check_rows(store: pafs.FileSystem, path: str, expected: int) -> None:
    """Counted in the file as it is stored, before any commit names it."""
    with store.open_input_file(path) as file:
        found = int(pq.read_metadata(file).num_rows)
    if found != expected:
        raise error(faults.LAKE_ROWS_DIFFER, found=f"{found:,}", expected=f"{expected:,}")


def _commit(table_uri: str, store: pafs.FileSystem, action: AddAction, merge: Merge) -> int | None:
    """Commit if the merged files are all still there at the version just before.

    delta-rs would let two commits remove the same file, and its rows would be there twice (seen
    with 1.6.6). So it may not try a version on which nobody has looked.
    """
    merged = {file.path for file in merge.files}
    for attempt in range(COMMIT_TRIES):
        table = DeltaTable(table_uri)
        present = {file.path for file in _files_of(table)}
        if action.path in present:
            return int(table.version())
        if not merged <= present:
            if not attempt:
                store.delete_file(action.path)
            # After a try that may have got through all the same, the file stays for the vacuum.
            return None
        with contextlib.suppress(CommitFailedError):
            _commit_once(table, action, merge)
    raise error(faults.LAKE_BUSY)


def _commit_once(table: DeltaTable, action: AddAction, merge: Merge) -> None:
    now = int(time.time() * 1000)
    partition: dict[str, str | None] = {PARTITION: merge.day.isoformat()}
    removed = [RemoveAction(file.path, False, now, file.size, partition) for file in merge.files]
    table.create_write_transaction(
        [action, *removed],
        mode="append",
        schema=EVENTS_SCHEMA,
        partition_by=[PARTITION],
        commit_properties=commit_properties(tries=0, isBlindAppend=False, upkeep="compaction"),
        post_commithook_properties=KEEP_LOGS,
    )
