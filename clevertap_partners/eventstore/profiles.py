"""[pure] Profiles in the lake: one row a person, changed by merging what an upload says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from clevertap_partners.core.errors import TransientError
from clevertap_partners.eventstore.canonical import Capture, properties, when, who
from clevertap_partners.eventstore.jsontext import Refused, clean, dump, parse

PROFILES_SCHEMA = pa.schema(
    [
        pa.field("identity", pa.string(), nullable=False),
        pa.field("object_id", pa.string()),
        # canonical JSON object; later values replace earlier ones property by property
        pa.field("properties", pa.string(), nullable=False),
        pa.field("updated_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)
COMMIT_TRIES = 10
_PROFILE_RECORD_KEYS = frozenset({"type", "identity", "objectId", "ts", "profileData"})


@dataclass(frozen=True)
class ProfileChange:
    """What one upload record says about a person."""

    identity: str
    object_id: str | None
    properties: dict[str, Any]
    updated_at: int


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
    updated_at = when(fields, capture) * 1_000_000
    return ProfileChange(identity, object_id, fields.get("profileData") or {}, updated_at)


class ProfileWriter:
    """Writes to the profiles table at `table_uri`, which it makes when it is not there yet."""

    def __init__(self, table_uri: str, storage_options: dict[str, str] | None = None) -> None:
        self._uri = table_uri
        self._options = storage_options

    def merge(self, changes: Iterable[ProfileChange], *, app_id: str, batch: int) -> int | None:
        """Apply the changes in order, in one commit; the number of people, None when it landed."""
        changes = list(changes)
        for _ in range(COMMIT_TRIES):
            table = self._open()
            last = table.transaction_version(app_id)
            if last is not None and last >= batch:
                return None
            # A commit fails when another changed the same files: merge anew with what they hold.
            with contextlib.suppress(CommitFailedError):
                return _merge_into(table, changes, app_id, batch)
        raise TransientError(
            f"The profile table was too busy to take a batch in {COMMIT_TRIES} tries.",
            code="lake_busy",
            fix="Run the same command again: what has landed is not loaded twice.",
        )

    def _open(self) -> DeltaTable:
        with contextlib.suppress(TableNotFoundError):
            return DeltaTable(self._uri, storage_options=self._options)
        return DeltaTable.create(
            self._uri, schema=PROFILES_SCHEMA, mode="ignore", storage_options=self._options
        )


def _merge_into(table: DeltaTable, changes: list[ProfileChange], app_id: str, batch: int) -> int:
    rows = _merged(_stored(table, changes), changes)
    (
        table.merge(
            pa.Table.from_pylist(rows, schema=PROFILES_SCHEMA),
            predicate="target.identity = source.identity",
            source_alias="source",
            target_alias="target",
            commit_properties=CommitProperties(app_transactions=[Transaction(app_id, batch)]),
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )
    return len(rows)


def _stored(table: DeltaTable, changes: list[ProfileChange]) -> dict[str, dict[str, Any]]:
    """What the table holds of the people who change, read batch by batch."""
    identities = pa.array({change.identity for change in changes}, pa.string())
    people: dict[str, dict[str, Any]] = {}
    for batch in pa.RecordBatchReader.from_stream(table.scan()):
        rows = pa.Table.from_batches([batch]).cast(PROFILES_SCHEMA)
        changing = pc.is_in(rows.column("identity"), value_set=identities)
        for row in rows.filter(changing).to_pylist():
            people[row["identity"]] = row | {"properties": parse(row["properties"].encode())[0]}
    return people


def _merged(
    people: dict[str, dict[str, Any]], changes: list[ProfileChange]
) -> list[dict[str, Any]]:
    changed: dict[str, dict[str, Any]] = {}
    for change in changes:
        before = changed.get(change.identity) or people.get(change.identity) or {}
        changed[change.identity] = {
            "identity": change.identity,
            "object_id": change.object_id or before.get("object_id"),
            "properties": before.get("properties", {}) | change.properties,
            "updated_at": change.updated_at,
        }
    return [row | {"properties": dump(row["properties"])} for row in changed.values()]
