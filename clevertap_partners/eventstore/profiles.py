"""[pure] Profiles in the lake: one row a person, changed by merging what an upload says."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, Schema, Transaction
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from clevertap_partners.core.faults import error
from clevertap_partners.eventstore import faults
from clevertap_partners.eventstore.canonical import Capture, known_as, properties, when, who
from clevertap_partners.eventstore.committing import KEEP_LOGS, commit_properties
from clevertap_partners.eventstore.jsontext import Refused, clean, dump, parse

_TIME = pa.timestamp("us", tz="UTC")
PROFILES_SCHEMA = pa.schema(
    [
        pa.field("identity", pa.string(), nullable=False),
        pa.field("object_id", pa.string()),
        # canonical JSON array of texts, the identity first; null when nobody told any
        pa.field("all_identities", pa.string()),
        pa.field("platform", pa.string()),
        # canonical JSON object; later values replace earlier ones property by property
        pa.field("properties", pa.string(), nullable=False),
        # the smallest and the largest time that a record of the person had
        pa.field("created_at", _TIME, nullable=False),
        pa.field("last_seen_at", _TIME, nullable=False),
    ]
)
# What tables of the first days have instead of the two times; they keep it.
OLD_TIME = pa.field("updated_at", _TIME, nullable=False)
COMMIT_TRIES = 10
_EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC)
_PROFILE_RECORD_KEYS = frozenset({"type", "identity", "objectId", "ts", "profileData", "profile"})


@dataclass(frozen=True)
class ProfileChange:
    """What one upload record says about a person, and when, in microseconds."""

    identity: str
    object_id: str | None
    properties: dict[str, Any]
    seen_at: int
    all_identities: tuple[str, ...] = ()
    platform: str | None = None


def canonical_profile(record: Any, capture: Capture) -> ProfileChange:
    """The change that a profile record asks for. Raises Refused with the reason."""
    fields = clean(record)
    if unknown := fields.keys() - _PROFILE_RECORD_KEYS:
        names = ", ".join(f"“{name}”" for name in sorted(unknown))
        raise Refused(f"has {names}, which a profile record does not know; leave it out")
    identity, object_id = who(fields)
    if identity is None:
        raise Refused("has no identity, which a profile needs")
    properties(fields, "profileData")
    data = fields.get("profileData") or {}
    identities, platform = known_as(fields)
    seen_at = when(fields, capture) * 1_000_000
    return ProfileChange(identity, object_id, data, seen_at, identities, platform)


class ProfileWriter:
    """Writes to the profiles table at `table_uri`, which it makes when it is not there yet."""

    def __init__(self, table_uri: str, storage_options: dict[str, str] | None = None) -> None:
        self._uri = table_uri
        self._options = storage_options

    def merge(self, changes: Iterable[ProfileChange], *, app_id: str, batch: int) -> int | None:
        """Apply the changes in order, in one commit; the number of people, None when it landed."""
        changes = list(changes)
        for _ in range(COMMIT_TRIES):
            table = open_table(self._uri, self._options)
            last = table.transaction_version(app_id)
            if last is not None and last >= batch:
                return None
            # A commit fails when another changed the same files: merge anew with what they hold.
            with contextlib.suppress(CommitFailedError):
                add_missing_columns(table)
                return _merge_into(table, changes, app_id, batch)
        raise error(faults.LAKE_BUSY)


def open_table(uri: str, storage_options: dict[str, str] | None = None) -> DeltaTable:
    """The profiles table, made when it is not there yet."""
    with contextlib.suppress(TableNotFoundError):
        return DeltaTable(uri, storage_options=storage_options)
    return DeltaTable.create(
        uri,
        schema=PROFILES_SCHEMA,
        mode="ignore",
        configuration={"delta.enableExpiredLogCleanup": "false"},
        storage_options=storage_options,
        commit_properties=commit_properties(),
    )


def add_missing_columns(table: DeltaTable) -> None:
    """Give a table of the first days the columns that came later, empty for whom it has."""
    known = {field.name for field in table.schema().fields}
    missing = [field for field in PROFILES_SCHEMA if field.name not in known]
    if missing:
        fields = Schema.from_arrow(pa.schema([field.with_nullable(True) for field in missing]))
        table.alter.add_columns(
            fields.fields,
            commit_properties=commit_properties(),
            post_commithook_properties=KEEP_LOGS,
        )


def _merge_into(table: DeltaTable, changes: list[ProfileChange], app_id: str, batch: int) -> int:
    rows = _merged(_stored(table, changes), changes)
    merge_rows(table, pa.Table.from_pylist(rows, schema=schema_of(table)), app_id, batch)
    return len(rows)


def merge_rows(table: DeltaTable, rows: pa.Table, app_id: str, batch: int) -> None:
    """Put the rows of `schema_of` in the place of those with the same identity, in one commit."""
    (
        table.merge(
            rows,
            predicate="target.identity = source.identity",
            source_alias="source",
            target_alias="target",
            commit_properties=commit_properties(transactions=[Transaction(app_id, batch)]),
            post_commithook_properties=KEEP_LOGS,
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )


def schema_of(table: DeltaTable) -> pa.Schema:
    """The columns to write: tables of the first days have one more."""
    is_old = any(field.name == OLD_TIME.name for field in table.schema().fields)
    return PROFILES_SCHEMA.append(OLD_TIME) if is_old else PROFILES_SCHEMA


def _stored(table: DeltaTable, changes: list[ProfileChange]) -> dict[str, dict[str, Any]]:
    identities = pa.array({change.identity for change in changes}, pa.string())
    return {
        row["identity"]: _person(row)
        for rows in stored_rows(table, identities)
        for row in rows.to_pylist()
    }


def stored_rows(table: DeltaTable, identities: pa.Array) -> Iterator[pa.Table]:
    """What the table holds of these people, read batch by batch; the columns of `schema_of`."""
    # As tables give them: an old one has nulls where a new one has none.
    schema = pa.schema([field.with_nullable(True) for field in schema_of(table)])
    for batch in pa.RecordBatchReader.from_stream(table.scan()):
        rows = pa.Table.from_batches([batch]).select(schema.names).cast(schema)
        yield rows.filter(pc.is_in(rows.column("identity"), value_set=identities))


def _person(row: dict[str, Any]) -> dict[str, Any]:
    old = row.get(OLD_TIME.name)
    return {
        "object_id": row["object_id"],
        "all_identities": _parsed(row["all_identities"] or "[]"),
        "platform": row["platform"],
        "properties": _parsed(row["properties"]),
        "created_at": row["created_at"] or old,
        "last_seen_at": row["last_seen_at"] or old,
    }


def _parsed(text: str) -> Any:
    return parse(text.encode())[0]


def _merged(
    people: dict[str, dict[str, Any]], changes: list[ProfileChange]
) -> list[dict[str, Any]]:
    changed: dict[str, dict[str, Any]] = {}
    for change in changes:
        before = changed.get(change.identity) or people.get(change.identity) or _nobody(change)
        changed[change.identity] = _after(before, change)
    return [_as_row(identity, person) for identity, person in changed.items()]


def _nobody(change: ProfileChange) -> dict[str, Any]:
    seen_at = _datetime(change.seen_at)
    empty: dict[str, Any] = {
        "object_id": None,
        "all_identities": [],
        "platform": None,
        "properties": {},
    }
    return {**empty, "created_at": seen_at, "last_seen_at": seen_at}


def _after(before: dict[str, Any], change: ProfileChange) -> dict[str, Any]:
    seen_at = _datetime(change.seen_at)
    return {
        "object_id": change.object_id or before["object_id"],
        "all_identities": _united(before["all_identities"], change),
        "platform": change.platform or before["platform"],
        "properties": before["properties"] | change.properties,
        "created_at": min(before["created_at"], seen_at),
        "last_seen_at": max(before["last_seen_at"], seen_at),
    }


def _united(before: list[str], change: ProfileChange) -> list[str]:
    """All identities in order of first appearance; the person's own comes first."""
    if not change.all_identities:
        return before
    return list(dict.fromkeys([change.identity, *before, *change.all_identities]))


def _as_row(identity: str, person: dict[str, Any]) -> dict[str, Any]:
    texts = {
        "identity": identity,
        "all_identities": dump(person["all_identities"]) if person["all_identities"] else None,
        "properties": dump(person["properties"]),
    }
    return person | texts | {OLD_TIME.name: person["last_seen_at"]}


def _datetime(microseconds: int) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(microseconds=microseconds)
