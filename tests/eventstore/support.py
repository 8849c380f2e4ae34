"""Rows and looks into lakes for the tests of the event store."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from clevertap_partners.eventstore.batches import Batch
from clevertap_partners.eventstore.canonical import canonical_event
from clevertap_partners.eventstore.records import SORT_KEYS
from tests.lakes import UTC


def rows_of(*records: dict[str, Any]) -> pa.Table:
    batch = Batch()
    for line, record in enumerate(records, 1):
        batch.add_event(line, canonical_event(record, UTC, record_id=f"id-{line}", plain=False))
    return batch.events_after(0)


def stored_rows(uri: str) -> list[dict[str, Any]]:
    return DeltaTable(uri).to_pyarrow_table().to_pylist()


def unsorted_files(uri: str) -> list[str]:
    """Files of the table that are not in the lake's order."""
    return [path for path in DeltaTable(uri).file_uris() if not _is_sorted(path)]


def _is_sorted(path: str) -> bool:
    rows = pq.read_table(path, columns=list(SORT_KEYS), partitioning=None).to_pylist()
    keys = [tuple(_bytes(row[key]) for key in SORT_KEYS) for row in rows]
    return keys == sorted(keys)


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
