"""No row is lost and none comes twice, whatever arrives at, before, and without a cursor."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clevertap_partners.eventstore.survey import Survey
from imports.pipeline.boundary import (
    PRINTS_SCHEMA,
    Boundary,
    new_rows,
    to_remember,
    which_are_new,
)
from imports.pipeline.unit import Group, UnitPlan, read_unit

NOW = 100


def values(batch: pa.RecordBatch) -> pa.Int64Array:
    return batch.column("at")


def prints(batch: pa.RecordBatch) -> pa.StringArray:
    return pa.array([f"{row['at']}/{row['text']}" for row in batch.to_pylist()], pa.string())


def known(*rows: tuple[int | None, str]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"cursor_us": at, "print": print_} for at, print_ in rows], schema=PRINTS_SCHEMA
    )


def boundary(of: pa.Table | None, low: int | None = None, now: int = NOW) -> Boundary:
    return Boundary(values, prints, known=of, low_us=low, now_us=now)


def table(*rows: tuple[int | None, str]) -> pa.Table:
    return pa.table(
        {"at": pa.array([row[0] for row in rows], pa.int64()), "text": [row[1] for row in rows]}
    )


def test_equal_rows_are_known_as_often_as_they_were_met() -> None:
    rows = known((5, "a"), (5, "a"), (5, "b"), (None, "a"), (5, "a"))
    found = which_are_new(rows, known((5, "a"), (5, "a"), (None, "a")))
    assert found.to_pylist() == [False, False, True, False, True]


def test_a_row_without_a_cursor_is_only_known_by_one_without_a_cursor() -> None:
    assert which_are_new(known((None, "x")), known((7, "x"))).to_pylist() == [True]
    assert which_are_new(known((7, "x")), known((None, "x"))).to_pylist() == [True]


def test_what_is_in_the_future_does_not_move_the_cursor() -> None:
    batch = table((5, "a"), (NOW, "b"), (NOW + 1, "c"), (None, "d")).to_batches()[0]
    assert boundary(None).high(values(batch)) == NOW


@pytest.mark.parametrize("rows", [[(None, "a")], [(NOW + 1, "a")]])
def test_without_any_cursor_in_the_past_there_is_no_highest(rows: list[Any]) -> None:
    assert boundary(None).high(values(table(*rows).to_batches()[0])) is None


class _Judge:
    """Takes every row as it is."""

    def __init__(self) -> None:
        self.good: list[dict[str, Any]] = []

    def map(self, batch: pa.RecordBatch, *, part: int, first_row: int) -> Any:
        rows = pa.Table.from_batches([batch])
        self.good += rows.to_pylist()
        return _Judged(rows)


class _Judged:
    def __init__(self, good: pa.Table) -> None:
        self.good = good
        self.failed = good.slice(0, 0)
        self.failures: dict[str, dict[str, int]] = {}
        self.survey = Survey()


class _Store:
    def __init__(self) -> None:
        self.files: dict[str, pa.Table] = {}

    def stage(self, rows: pa.Table) -> list[dict[str, Any]]:
        return []

    def keep(self, kind: str, rows: pa.Table) -> str:
        name = f"{kind}-{len(self.files)}"
        self.files[name] = rows
        return name


class Importer:
    """Runs of one import over a source that changes in between."""

    def __init__(self) -> None:
        self.imported: Counter[tuple[int | None, str]] = Counter()
        self.low: int | None = None
        self.known: pa.Table | None = None

    def run(
        self, source: list[tuple[int | None, str]], *, now: int, streams: int, batch: int
    ) -> None:
        low = self.low
        wanted = [row for row in source if low is None or row[0] is None or row[0] >= low]
        judge, store, groups = _Judge(), _Store(), []
        for part in range(streams):
            edge = boundary(self.known, low, now)
            groups += self._read(judge, edge, store, part, table(*wanted[part::streams]), batch)
        aside = [store.files[group.aside_file] for group in groups if group.aside_file]
        # The rows set aside were met in the streams: the tail leaves no prints of its own.
        files = [store.files[group.prints_file] for group in groups if group.prints_file]
        if self.known is not None:
            for rows in new_rows(aside, self.known, values=values, prints=prints):
                edge = boundary(None, None, now)
                groups += self._read(judge, edge, store, streams, rows, batch)
        highs = [group.high_us for group in groups if group.high_us is not None]
        self.low = max([*highs, *([] if low is None else [low])], default=None)
        met = pa.concat_tables([PRINTS_SCHEMA.empty_table(), *files])
        self.known = to_remember(met, high_us=self.low, now_us=now)
        self.imported += Counter((row["at"], row["text"]) for row in judge.good)

    @staticmethod
    def _read(
        judge: _Judge, edge: Boundary, store: _Store, part: int, rows: pa.Table, batch: int
    ) -> list[Group]:
        groups: list[Group] = []
        plan = UnitPlan(part, judge, edge, store, 0, group_bytes=10**9, group_rows=3)
        batches = rows.combine_chunks().to_batches(max_chunksize=batch)
        read_unit(plan, batches, position=0, record=groups.append, still_ours=lambda: None)
        return groups


_ROW = st.tuples(st.one_of(st.none(), st.integers(0, 12)), st.sampled_from("abc"))


@settings(max_examples=150, deadline=None)
@given(
    arrivals=st.lists(st.lists(_ROW, max_size=8), min_size=1, max_size=5),
    streams=st.integers(1, 3),
    batch=st.integers(1, 4),
)
def test_every_row_comes_once(
    arrivals: list[list[tuple[int | None, str]]], streams: int, batch: int
) -> None:
    """Rows arrive with a cursor not before the last run's highest, without one, or in the future:
    the promise of an Updated On column. The same row may come again: then it is two."""
    importer = Importer()
    source: list[tuple[int | None, str]] = []
    for number, arriving in enumerate(arrivals):
        low = importer.low
        source += [row for row in arriving if row[0] is None or low is None or row[0] >= low]
        # Time goes on: what was in the future is so no more.
        importer.run(source, now=3 * number, streams=streams, batch=batch)
        assert importer.imported == Counter(source)
