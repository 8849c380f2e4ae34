"""[pure] Adds events to the lake: a batch is one commit and lands once; its files are sorted.

delta-rs' own writer does not keep the order of rows (seen with 1.6.6), so the files
are written here, and only the commit is left to it.
"""

from __future__ import annotations

import contextlib
import datetime
import uuid
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction

from clevertap_partners.core.faults import error
from clevertap_partners.eventstore import faults
from clevertap_partners.eventstore.committing import KEEP_LOGS, commit_properties
from clevertap_partners.eventstore.event_files import PARTITION, new_path, write_file
from clevertap_partners.eventstore.files import known_record_ids, read_commit, store_of
from clevertap_partners.eventstore.records import EVENTS_SCHEMA, SORT_KEYS

COMMIT_TRIES = 10
# For other engines, which may vacuum too: the longest outage after which a recurring export still
# finds everything that was added since its last run. Ours asks what is needed (vacuum.py).
RETENTION = "interval 60 days"


class EventWriter:
    """Writes to the events table at `table_uri`, which it makes when it is not there yet."""

    def __init__(self, table_uri: str, storage_options: dict[str, str] | None = None) -> None:
        self._uri = table_uri
        self._options = storage_options

    def landed(self, *, app_id: str) -> int | None:
        """The last batch of that application that is in the lake; None when there is none."""
        return None if (table := self._open()) is None else table.transaction_version(app_id)

    def without_known(self, rows: pa.Table) -> pa.Table:
        """The rows without those whose record id the lake holds already on one of their days."""
        table = self._open()
        if table is None or not rows.num_rows:
            return rows
        known = known_record_ids(table, rows)
        return rows.filter(pc.invert(pc.is_in(rows.column("record_id"), value_set=known)))

    def write(self, rows: pa.Table, *, app_id: str, batch: int) -> int | None:
        """Commit the rows and return the table's new version; None when the batch had landed.

        The batches of an application land in ascending order: a batch at or below the last one that
        landed is not written again. Of two rows with one record id the first is kept.
        """
        table = self._open() or self._create()
        if _has_landed(table, app_id, batch):
            return None
        files = _Files(self._uri, self._options)
        actions = files.write(without_repeats(rows))
        version = self._commit(table, actions, app_id, batch)
        if version is None:
            files.discard()
        return version

    def stage(self, rows: pa.Table) -> list[AddAction]:
        """Write the rows to files that are not in the table yet; `commit_staged` puts them in."""
        self._open() or self._create()
        return _Files(self._uri, self._options).write(rows)

    def commit_staged(self, actions: Sequence[AddAction], *, app_id: str) -> int | None:
        """Put staged files into the table, all at once; the version, None when it was done before.

        The files stay where they are if that was by another commit than of these files.
        """
        table = self._open() or self._create()
        if _has_landed(table, app_id, 1):
            return None
        return self._commit(table, list(actions), app_id, 1)

    def _commit(
        self, table: DeltaTable, actions: list[AddAction], app_id: str, batch: int
    ) -> int | None:
        mark = uuid.uuid4().hex
        before = table.version()
        for _ in range(COMMIT_TRIES):
            # A commit fails when somebody else's came first: the table is then looked at anew.
            with contextlib.suppress(CommitFailedError):
                table.create_write_transaction(
                    actions,  # type: ignore[arg-type]  # a list of one kind is a list of both
                    mode="append",
                    schema=EVENTS_SCHEMA,
                    partition_by=[PARTITION],
                    commit_properties=commit_properties(
                        transactions=[Transaction(app_id, batch)],
                        app_id=app_id,
                        batch=batch,
                        mark=mark,
                    ),
                    post_commithook_properties=KEEP_LOGS,
                )
            table = DeltaTable(self._uri, storage_options=self._options)
            if _has_landed(table, app_id, batch):
                return self._version_of(mark, range(table.version(), before, -1))
        # The files stay: whether the last try got through is not known. Vacuum takes leftovers.
        raise error(faults.LAKE_BUSY)

    def _version_of(self, mark: str, versions: Iterable[int]) -> int | None:
        """The version whose commit carries the mark; None when none of these does.

        Read from the log itself: `history` counts down from a version that may be behind the
        commits it counts when another process commits at that moment (seen with 1.6.6).
        """
        store = store_of(self._uri, self._options)
        for version in versions:
            if mark.encode() in read_commit(store, version):
                return version
        return None

    def _open(self) -> DeltaTable | None:
        try:
            return DeltaTable(self._uri, storage_options=self._options)
        except TableNotFoundError:
            return None

    def _create(self) -> DeltaTable:
        """Make the table, or open the one that another process made just now."""
        return DeltaTable.create(
            self._uri,
            schema=EVENTS_SCHEMA,
            mode="ignore",
            partition_by=[PARTITION],
            configuration={
                "delta.enableChangeDataFeed": "true",
                "delta.enableExpiredLogCleanup": "false",
                "delta.logRetentionDuration": RETENTION,
                "delta.deletedFileRetentionDuration": RETENTION,
            },
            storage_options=self._options,
            commit_properties=commit_properties(),
        )


class _Files:
    """The data files of one commit, in the table's folder but not in the table yet."""

    def __init__(self, table_uri: str, storage_options: dict[str, str] | None) -> None:
        self._store = store_of(table_uri, storage_options)
        self._paths: list[str] = []

    def write(self, rows: pa.Table) -> list[AddAction]:
        try:
            return [self._write_day(day, part) for day, part in _days(rows)]
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Take back what was written, because no commit will name it."""
        for path in self._paths:
            with contextlib.suppress(FileNotFoundError):
                self._store.delete_file(path)

    def _write_day(self, day: datetime.date, rows: pa.Table) -> AddAction:
        path = new_path(day)
        self._paths.append(path)
        width = int(rows.nbytes) // max(int(rows.num_rows), 1)
        return write_file(self._store, path, [rows], width=width, data_change=True)


def _has_landed(table: DeltaTable, app_id: str, batch: int) -> bool:
    last = table.transaction_version(app_id)
    return last is not None and last >= batch


def without_repeats(rows: pa.Table) -> pa.Table:
    """The rows, the first of each record id."""
    ids = rows.column("record_id")
    if pc.count_distinct(ids).as_py() == rows.num_rows:
        return rows
    numbered = pa.table({"id": ids, "place": pa.array(range(rows.num_rows), pa.int64())})
    first = numbered.group_by("id").aggregate([("place", "min")]).column("place_min")
    return rows.take(first.combine_chunks().sort())


def _days(rows: pa.Table) -> Iterator[tuple[datetime.date, pa.Table]]:
    """The rows of each day, sorted as the lake promises; texts go by their UTF-8 bytes."""
    if not rows.num_rows:
        return
    # Taken day by day, so that no second copy of all rows is in memory.
    batch = rows.combine_chunks().to_batches()[0]
    order = pc.sort_indices(batch, [(key, "ascending") for key in _telling_keys(batch)])
    days = pc.run_end_encode(batch.column(PARTITION).take(order))
    parts, start = batch.drop_columns([PARTITION]), 0
    for day, end in zip(days.values.to_pylist(), days.run_ends.to_pylist(), strict=True):
        yield day, _taken(parts, order.slice(start, end - start))
        start = end


def _telling_keys(batch: pa.RecordBatch) -> list[str]:
    """The keys of the order; a name that all rows have would cost as much as the rest."""
    names = batch.column("event_name")
    is_one = pc.all(pc.equal(names, names[0])).as_py()
    return [key for key in (PARTITION, *SORT_KEYS) if not (is_one and key == "event_name")]


def _taken(batch: pa.RecordBatch, places: pa.Array) -> pa.Table:
    columns = [
        column.slice(0, len(places)) if column.null_count == len(column) else column.take(places)
        for column in batch.columns
    ]
    return pa.Table.from_arrays(columns, schema=batch.schema)
