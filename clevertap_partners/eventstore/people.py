"""[pure] Many changes of people at once, from files of changes: a part of the people, one commit.

For one person the changes apply in order. Whom they leave as before is not written, so that a
recurring export of profiles does not send people of whom nothing is new.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from clevertap_partners.core.faults import error
from clevertap_partners.eventstore import faults
from clevertap_partners.eventstore.files import store_of
from clevertap_partners.eventstore.jsontext import dump, parse
from clevertap_partners.eventstore.profiles import (
    COMMIT_TRIES,
    OLD_TIME,
    add_missing_columns,
    merge_rows,
    open_table,
    schema_of,
    stored_rows,
)

CHANGES_SCHEMA = pa.schema(
    [
        pa.field("identity", pa.string(), nullable=False),
        pa.field("object_id", pa.string()),
        # canonical JSON object of the properties that are set
        pa.field("properties", pa.string(), nullable=False),
        pa.field("seen_at", pa.timestamp("us", tz="UTC"), nullable=False),
        # the order of changes of one person: by cursor, then by place in the source
        pa.field("order_us", pa.int64(), nullable=False),
        pa.field("part", pa.int32(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
    ]
)
# The merge holds them in memory, and rewrites the files that hold any of them.
PEOPLE_A_COMMIT = 200_000
# Python rows are ten times as large as Arrow's: turn them over in small lots.
_LOT = 5_000
_KNOWN_BY = pa.schema([("identity", pa.string()), ("object_id", pa.string())])


@dataclass(frozen=True)
class Outcome:
    """How many people were not known, were changed, and stayed as they were."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class PeopleMerge:
    """Changes in Parquet files of CHANGES_SCHEMA below `folder_uri`, for one profiles table.

    Part k of the people, from 1 to `parts`, is the same however often this is made from the same
    files, and is one commit under `app_id`.
    """

    def __init__(
        self,
        table_uri: str,
        folder_uri: str,
        files: Sequence[str],
        *,
        app_id: str,
        people_a_commit: int,
    ) -> None:
        self._uri = table_uri
        self._app_id = app_id
        self._engine = duckdb.connect(config={"threads": 1, "preserve_insertion_order": False})
        changes = pads.dataset(
            list(files), schema=CHANGES_SCHEMA, format="parquet", filesystem=store_of(folder_uri)
        )
        self._engine.register("changes", changes)
        people = self._engine.sql("SELECT count(DISTINCT identity) FROM changes").fetchall()[0][0]
        self.parts = -(-people // people_a_commit)

    def close(self) -> None:
        self._engine.close()

    def merge(self, part: int, announce: Callable[[Outcome], None]) -> None:
        """Commit one part. `announce` hears what the commit is about to change, before each try.

        Nothing happens when the part has landed.
        """
        people = self._people_of(part)
        for _ in range(COMMIT_TRIES):
            table = open_table(self._uri)
            last = table.transaction_version(self._app_id)
            if last is not None and last >= part:
                return
            with contextlib.suppress(CommitFailedError):
                add_missing_columns(table)
                self._merge(table, people, part, announce)
                return
        raise error(faults.LAKE_BUSY)

    def _people_of(self, part: int) -> pa.Table:
        """A row a person: identity, object_id, seen_at, and the properties in order as a list."""
        # md5 is the same in every version of the engine, unlike its own hash.
        return self._engine.sql(
            """
            SELECT identity, arg_max(object_id, place) FILTER (object_id IS NOT NULL) AS object_id,
                   min(seen_at) AS seen_at, list(properties ORDER BY place) AS properties
            FROM (SELECT *, {a: order_us, b: part, c: row} AS place FROM changes
                  WHERE ('0x' || md5(identity)[:8])::BIGINT % $parts = $part - 1)
            GROUP BY identity
            """,
            params={"parts": self.parts, "part": part},
        ).to_arrow_table()

    def _merge(
        self, table: DeltaTable, people: pa.Table, part: int, announce: Callable[[Outcome], None]
    ) -> None:
        schema = schema_of(table)
        stored = pa.concat_tables(
            [
                pa.schema([field.with_nullable(True) for field in schema]).empty_table(),
                *stored_rows(table, people.column("identity").combine_chunks()),
            ]
        )
        lots = [pa.Table.from_pylist(lot, schema=schema) for lot in self._after(people, stored)]
        rows = pa.concat_tables([schema.empty_table(), *lots])
        known = stored.num_rows
        new = people.num_rows - known
        changed = rows.num_rows - new
        announce(Outcome(new=new, changed=changed, unchanged=known - changed))
        merge_rows(table, rows, self._app_id, part)

    def _after(self, people: pa.Table, stored: pa.Table) -> Iterator[list[dict[str, Any]]]:
        """Lots of the rows of those who are new or changed."""
        self._engine.register("people", people)
        self._engine.register("stored", stored)
        reader = self._engine.sql(
            "SELECT people.*, stored AS before FROM people LEFT JOIN stored USING (identity)"
        ).to_arrow_reader(_LOT)
        for batch in reader:
            rows = [_row(each) for each in batch.to_pylist()]
            yield [row for row in rows if row is not None]


def _row(person: dict[str, Any]) -> dict[str, Any] | None:
    """The row of a person after the changes; None when they change nothing."""
    before = person["before"]
    if before["identity"] is None:
        return {
            "identity": person["identity"],
            "object_id": person["object_id"],
            "all_identities": None,
            "platform": None,
            "properties": _united("{}", person["properties"]),
            "created_at": person["seen_at"],
            "last_seen_at": person["seen_at"],
            OLD_TIME.name: person["seen_at"],
        }
    properties = _united(before["properties"], person["properties"])
    object_id = person["object_id"] or before["object_id"]
    if properties == before["properties"] and object_id == before["object_id"]:
        return None
    old = before.get(OLD_TIME.name)
    created_at = before["created_at"] or old or person["seen_at"]
    last_seen_at = max(before["last_seen_at"] or old or person["seen_at"], person["seen_at"])
    return {
        **before,
        "object_id": object_id,
        "properties": properties,
        "created_at": created_at,
        "last_seen_at": last_seen_at,
        OLD_TIME.name: last_seen_at,
    }


def _united(before: str, changes: list[str]) -> str:
    """Canonical JSON of an object after the changes: property by property, the last one counts."""
    if before == "{}" and len(changes) == 1:
        return changes[0]
    merged = _parsed(before)
    for change in changes:
        merged = merged | _parsed(change)
    return dump(merged)


def _parsed(text: str) -> dict[str, Any]:
    value: dict[str, Any] = parse(text.encode())[0]
    return value


def identities_of(table_uri: str, object_ids: pa.StringArray) -> pa.StringArray:
    """Whose CleverTap IDs these are; null where nobody has that one."""
    known: dict[str, str] = {}
    with contextlib.suppress(TableNotFoundError):
        reader = pa.RecordBatchReader.from_stream(
            DeltaTable(table_uri).scan(columns=["identity", "object_id"])
        )
        for batch in reader:
            people = pa.Table.from_batches([batch]).cast(_KNOWN_BY)
            rows = people.filter(pc.is_in(people.column("object_id"), value_set=object_ids))
            known.update(
                (row["object_id"], row["identity"])
                for row in rows.to_pylist()
                if row["object_id"] is not None
            )
    return pa.array([known.get(each or "") for each in object_ids.to_pylist()], pa.string())
