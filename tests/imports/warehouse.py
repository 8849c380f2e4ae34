"""A warehouse in memory, whose table changes under the imports, and which fails when told to."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone

from clevertap_partners.core.errors import PermanentError, TransientError
from integrations.warehouse import (
    Column,
    Estimate,
    Query,
    QueryResult,
    ReadSession,
    ReadStream,
    TableInfo,
)

TYPES = {
    "int64": "INT64",
    "double": "FLOAT64",
    "decimal128(38, 9)": "NUMERIC",
    "string": "STRING",
    "bool": "BOOL",
    "date32[day]": "DATE",
    "timestamp[us, tz=UTC]": "TIMESTAMP",
    "timestamp[us]": "DATETIME",
}


@dataclass
class FakeWarehouse:
    """`rows` is the table as it is now; each job keeps what it was when the job began."""

    rows: pa.Table
    streams: int = 2
    batch_rows: int = 7
    jobs: dict[str, pa.Table] = field(default_factory=dict)
    results: dict[str, pa.Table] = field(default_factory=dict)
    session_lives: datetime.timedelta = datetime.timedelta(hours=6)
    # Called before each batch with the number of batches read so far; may raise.
    on_batch: Callable[[int], None] = lambda number: None
    batches_read: int = 0

    def tables(self) -> Sequence[TableInfo]:
        return [TableInfo("orders", rows=self.rows.num_rows, bytes=self.rows.nbytes)]

    def estimate(self, query: Query) -> Estimate:
        return Estimate(columns_of(self.rows), self._wanted(query).nbytes)

    def sample(self, query: Query, *, rows: int, max_bytes: int, at_random: bool) -> pa.Table:
        return self._wanted(query).slice(0, rows)

    def start(self, query: Query, *, job_id: str, max_bytes: int) -> None:
        self.jobs.setdefault(job_id, self._wanted(query))

    def wait(self, job_id: str, *, timeout_s: float) -> QueryResult | None:
        rows = self.jobs[job_id]
        self.results[job_id] = rows
        return QueryResult(
            columns=columns_of(rows),
            rows=rows.num_rows,
            bytes_billed=rows.nbytes,
            expires_at=timezone.now() + datetime.timedelta(days=1),
            reference={"job": job_id},
        )

    def cancel(self, job_id: str) -> None:
        self.jobs.pop(job_id, None)

    def open_session(self, result: QueryResult, *, max_streams: int) -> ReadSession:
        expires_at = timezone.now() + self.session_lives
        count = min(self.streams, max_streams)
        streams = [
            {**result.reference, "part": part, "of": count, "until": expires_at.isoformat()}
            for part in range(count)
        ]
        return ReadSession("storage", tuple(ReadStream(each) for each in streams), expires_at)

    def read(self, stream: ReadStream, *, offset: int) -> Iterator[pa.RecordBatch]:
        told: dict[str, Any] = stream.reference
        rows = self.results[told["job"]]
        mine = rows.take(
            pa.array(range(told["part"], rows.num_rows, told["of"]), pa.int64())
        ).slice(offset)
        for batch in mine.combine_chunks().to_batches(max_chunksize=self.batch_rows):
            self.batches_read += 1
            self.on_batch(self.batches_read)
            if timezone.now() > datetime.datetime.fromisoformat(told["until"]):
                raise TransientError("The session has expired.", code="session_expired")
            yield batch

    def _wanted(self, query: Query) -> pa.Table:
        if query.sql == "broken":
            raise PermanentError("Syntax error.", code="sql_invalid")
        rows = self.rows
        if query.bound is not None:
            at = pc.cast(rows.column(query.bound.column), pa.int64())
            scale = {"epoch_s": 1_000_000, "epoch_ms": 1_000}.get(query.bound.kind, 1)
            low = query.bound.low_us // scale
            rows = rows.filter(pc.or_kleene(pc.greater_equal(at, low), pc.is_null(at)))
        return rows.select(list(query.columns)) if query.columns else rows


def columns_of(rows: pa.Table) -> tuple[Column, ...]:
    return tuple(Column(field.name, TYPES[str(field.type)]) for field in rows.schema)
