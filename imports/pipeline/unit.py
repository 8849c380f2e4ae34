"""[pure] One unit of a run: its rows are read, judged and written, group by group.

What a group has become is recorded once all of its files are written; whoever takes the unit up
later begins behind the last group that was recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from clevertap_partners.eventstore.survey import Survey, as_json
from imports.memory import give_back

# More totals than this in a group are not kept: the catalogue then looks into the files.
MOST_TOTALS = 10_000

Failures = dict[str, dict[str, int]]


class Judged(Protocol):
    """What became of a batch: good rows for the lake, failed ones, and why; what the catalogue has
    to know of the good ones."""

    @property
    def good(self) -> pa.Table: ...

    @property
    def failed(self) -> pa.Table: ...

    @property
    def failures(self) -> Mapping[str, Mapping[str, int]]: ...

    @property
    def survey(self) -> Survey: ...


class Judge(Protocol):
    def map(self, batch: pa.RecordBatch, *, part: int, first_row: int) -> Judged: ...


class Cursor(Protocol):
    """What tells rows that are new from rows that were read before."""

    def values(self, batch: pa.RecordBatch) -> pa.Int64Array:
        """Microseconds since 1970 UTC; null where the row has none."""

    def too_early(self, values: pa.Int64Array) -> pa.BooleanArray:
        """Rows before the bound, which the warehouse could not tell apart."""

    def at_boundary(self, values: pa.Int64Array) -> pa.BooleanArray:
        """Rows that stand where an earlier run has read some."""

    def prints(self, batch: pa.RecordBatch, values: pa.Int64Array) -> pa.Table:
        """Fingerprints of the rows that the next run may meet again."""

    def high(self, values: pa.Int64Array) -> int | None:
        """The highest value that is not in the future."""


class Store(Protocol):
    """Where files are written before anything names them."""

    def stage(self, rows: pa.Table) -> list[dict[str, Any]]:
        """Good rows; what is needed to commit them later."""

    def keep(self, kind: str, rows: pa.Table) -> str:
        """Anything else; the name of the file."""


@dataclass
class Group:
    """Consecutive rows of a unit, and what became of them."""

    first_row: int
    end_row: int
    rows_imported: int = 0
    rows_failed: int = 0
    rows_known: int = 0
    rows_set_aside: int = 0
    failures: Failures = field(default_factory=dict)
    high_us: int | None = None
    staged: list[dict[str, Any]] = field(default_factory=list)
    survey: dict[str, Any] = field(default_factory=dict)
    failed_file: str = ""
    failed_rows_kept: int = 0
    aside_file: str = ""
    prints_file: str = ""


@dataclass(frozen=True)
class UnitPlan:
    """`room_for_failed` is how many failed rows may still be kept; a group ends at `group_bytes` of
    good rows, or `group_rows` of any."""

    part: int
    judge: Judge
    cursor: Cursor
    store: Store
    room_for_failed: int
    group_bytes: int
    group_rows: int


def read_unit(
    plan: UnitPlan,
    batches: Iterable[pa.RecordBatch],
    *,
    position: int,
    record: Callable[[Group], None],
    still_ours: Callable[[], None],
) -> None:
    """Read to the end of `batches`, which begin at row `position` of the unit."""
    room = plan.room_for_failed
    gathering = _Gathering(plan, position)
    for batch in batches:
        still_ours()
        gathering.add(batch)
        if gathering.is_full:
            group = gathering.write(room)
            still_ours()
            record(group)
            room -= group.failed_rows_kept
            gathering = _Gathering(plan, group.end_row)
            give_back()
    if gathering.has_rows:
        group = gathering.write(room)
        still_ours()
        record(group)


class _Gathering:
    """A group under way, in memory."""

    def __init__(self, plan: UnitPlan, first_row: int) -> None:
        self._plan = plan
        self._group = Group(first_row, first_row)
        self._good: list[pa.Table] = []
        self._failed: list[pa.Table] = []
        self._aside: list[pa.Table] = []
        self._prints: list[pa.Table] = []
        self._failures: dict[str, Counter[str]] = {}
        self._survey = Survey()
        self._bytes = 0

    @property
    def has_rows(self) -> bool:
        return self._group.end_row > self._group.first_row

    @property
    def is_full(self) -> bool:
        rows = self._group.end_row - self._group.first_row
        return self._bytes >= self._plan.group_bytes or rows >= self._plan.group_rows

    def add(self, batch: pa.RecordBatch) -> None:
        cursor, group = self._plan.cursor, self._group
        first_row = group.end_row
        group.end_row += batch.num_rows
        values = cursor.values(batch)
        self._note_cursor(batch, values)
        early, boundary = cursor.too_early(values), cursor.at_boundary(values)
        group.rows_known += _count(early)
        if aside := _count(boundary):
            self._aside.append(pa.Table.from_batches([batch.filter(boundary)]))
            self._bytes += self._aside[-1].nbytes
            group.rows_set_aside += aside
        new = pc.invert(pc.or_(early, boundary))
        rows = batch if _count(new) == batch.num_rows else batch.filter(new)
        if rows.num_rows:
            self._judge(rows, first_row)

    def _note_cursor(self, batch: pa.RecordBatch, values: pa.Int64Array) -> None:
        prints = self._plan.cursor.prints(batch, values)
        if prints.num_rows:
            self._prints.append(prints)
        high = self._plan.cursor.high(values)
        if high is not None:
            self._group.high_us = max(
                high, high if self._group.high_us is None else self._group.high_us
            )

    def _judge(self, rows: pa.RecordBatch, first_row: int) -> None:
        judged = self._plan.judge.map(rows, part=self._plan.part, first_row=first_row)
        self._group.rows_imported += judged.good.num_rows
        self._group.rows_failed += judged.failed.num_rows
        if judged.good.num_rows:
            self._good.append(judged.good)
            self._survey.add(judged.survey)
            self._bytes += judged.good.nbytes
        if judged.failed.num_rows:
            self._failed.append(judged.failed)
            self._bytes += judged.failed.nbytes
        for code, columns in judged.failures.items():
            self._failures.setdefault(code, Counter()).update(columns)

    def write(self, room_for_failed: int) -> Group:
        """Write the files of the group. It may not be added to any more."""
        group, store = self._group, self._plan.store
        # Sorting and writing take the most: nothing of judging is left then.
        give_back()
        group.failures = {code: dict(columns) for code, columns in self._failures.items()}
        if self._good:
            group.staged = store.stage(_emptied(self._good))
        if 0 < len(self._survey.days) + len(self._survey.properties) <= MOST_TOTALS:
            group.survey = as_json(self._survey)
        kept = (
            pa.concat_tables(self._failed).slice(0, max(room_for_failed, 0))
            if self._failed
            else None
        )
        if kept is not None and kept.num_rows:
            group.failed_file = store.keep("failed", kept)
            group.failed_rows_kept = kept.num_rows
        if self._aside:
            group.aside_file = store.keep("aside", pa.concat_tables(self._aside))
        if self._prints:
            group.prints_file = store.keep("prints", pa.concat_tables(self._prints))
        return group


def _emptied(tables: list[pa.Table]) -> pa.Table:
    """The rows of the tables as one, column by column: nearly nothing is in memory twice."""
    schema = tables[0].schema
    together = pa.concat_tables(tables)
    columns = together.columns
    del together
    tables.clear()
    for place in range(len(columns)):
        columns[place] = columns[place].combine_chunks()
    return pa.table(columns, schema=schema)


def _count(mask: pa.BooleanArray) -> int:
    return int(pc.sum(mask).as_py() or 0)


def in_batches(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.RecordBatch]:
    for table in tables:
        yield from table.combine_chunks().to_batches(max_chunksize=rows)


def behind(tables: Iterable[pa.Table], position: int) -> Iterator[pa.Table]:
    """The rows from that one on."""
    for table in tables:
        yield table.slice(min(position, table.num_rows))
        position = max(position - table.num_rows, 0)


def coalesced(
    batches: Iterable[pa.RecordBatch], rows: int, most_bytes: int
) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of about so many: each batch that is judged costs some."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        size = sum(each.nbytes for each in waiting)
        if sum(each.num_rows for each in waiting) >= rows or size >= most_bytes:
            yield pa.concat_batches(waiting)
            waiting.clear()
    if waiting:
        yield pa.concat_batches(waiting)


def totals(groups: Sequence[Failures]) -> Failures:
    """The failures of several groups, added up."""
    added: dict[str, Counter[str]] = {}
    for failures in groups:
        for code, columns in failures.items():
            added.setdefault(code, Counter()).update(columns)
    return {code: dict(columns) for code, columns in added.items()}
