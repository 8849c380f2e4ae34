"""[pure] What imports ask of a data warehouse, whichever it is: the words both sides share.

A partner that can import gives a `Warehouse`; BigQuery is the first. Every call has a timeout of
its own and raises PermanentError (somebody has to mend something) or TransientError (it may pass).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from clevertap_partners.core.errors import TransientError

if TYPE_CHECKING:
    import pyarrow as pa

from clevertap_partners.core.errors import PermanentError


@dataclass(frozen=True)
class Column:
    """A column of a table or of a query's result.

    `type` is one of STRING, INT64, FLOAT64, NUMERIC, BIGNUMERIC, BOOL, BYTES, DATE, DATETIME, TIME,
    TIMESTAMP, GEOGRAPHY, JSON, INTERVAL, RANGE and STRUCT, whatever the warehouse calls it.
    """

    name: str
    type: str
    is_repeated: bool = False

    @property
    def is_nested(self) -> bool:
        return self.is_repeated or self.type in {"STRUCT", "RANGE"}


@dataclass(frozen=True)
class TableInfo:
    """A table that can be picked. `kind` is table, view, materialized view or external table."""

    name: str
    kind: str = "table"
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class CursorBound:
    """Only rows whose cursor column is at `low_us` or later, or null.

    `kind` is epoch_s, epoch_ms, date or timestamp; `low_us` are microseconds since 1970 UTC. Where
    the column is coarser than that, the bound is rounded down: the reader drops what is too early.
    """

    column: str
    kind: str
    low_us: int


@dataclass(frozen=True)
class Query:
    """Which rows: of a table by its name, or of a SQL text (exactly one of the two).

    `columns` are the ones to read, all when empty.
    """

    table: str = ""
    sql: str = ""
    columns: tuple[str, ...] = ()
    bound: CursorBound | None = None


@dataclass(frozen=True)
class Estimate:
    """What a dry run tells: the columns of the result and the bytes that the query will read."""

    columns: tuple[Column, ...]
    bytes: int


@dataclass(frozen=True)
class QueryResult:
    """A finished query: a snapshot that stays readable until `expires_at` (UTC)."""

    columns: tuple[Column, ...]
    rows: int
    bytes_billed: int
    expires_at: datetime.datetime
    # Only the partner reads it; JSON, so that it can be kept.
    reference: dict[str, Any]


@dataclass(frozen=True)
class ReadStream:
    """A part of a result. `reference` is the partner's, JSON; `rows` is None when it is unknown."""

    reference: dict[str, Any]
    rows: int | None = None


@dataclass(frozen=True)
class ReadSession:
    """Streams that together hold every row of a result once; their order of rows is fixed.

    `via` is "storage" or "rest". After `expires_at` (UTC) reading raises TransientError
    `session_expired`: open another one and begin again.
    """

    via: str
    streams: tuple[ReadStream, ...]
    expires_at: datetime.datetime


class SqlInvalid(PermanentError):
    """Code `sql_invalid`: the warehouse does not understand the SQL. Line and column of the
    mistake count from 1; both are None where it names no place."""

    line: int | None = None
    column: int | None = None


class Warehouse(Protocol):
    """One connection's dataset."""

    def tables(self) -> Sequence[TableInfo]:
        """By name; at most 1,000."""

    def estimate(self, query: Query) -> Estimate:
        """Check the query without running it. Raises PermanentError `sql_invalid` with the words
        and the place of the mistake, `sql_not_one_select`, `duplicate_columns`, …"""

    def sample(self, query: Query, *, rows: int, max_bytes: int, at_random: bool) -> pa.Table:
        """At most so many rows: the first ones, or ones taken at random from all."""

    def start(self, query: Query, *, job_id: str, max_bytes: int) -> None:
        """Begin the query. A job id that was begun before is the same job: nothing happens."""

    def wait(self, job_id: str, *, timeout_s: float) -> QueryResult | None:
        """The result; None when it is not there yet after that time."""

    def cancel(self, job_id: str) -> None:
        """Ask for the job's end; harmless when it is over."""

    def open_session(self, result: QueryResult, *, max_streams: int) -> ReadSession: ...

    def read(self, stream: ReadStream, *, offset: int) -> Iterator[pa.RecordBatch]:
        """The stream's rows from that one on. A connection that breaks is taken up where it was,
        a bounded number of times; after that TransientError."""


class QueryFailed(TransientError):
    """The job has ended without a result, through no fault of the query: begin one of another id.

    Raised by `wait`. Any PermanentError of `wait` means that the job has ended as well.
    """
