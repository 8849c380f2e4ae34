"""[pure] Which events of the lake are wanted: for the engine, and for batches read without it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Wanted:
    """`names`: these events; `ends`: from this one to that, in the order of the lake; None: all."""

    names: tuple[str, ...] | None = None
    ends: tuple[str, str] | None = None

    def condition(self) -> str:
        """SQL; empty when all are wanted."""
        conditions = []
        if self.names is not None:
            conditions.append(f"event_name IN ({', '.join(literal(name) for name in self.names)})")
        if self.ends is not None:
            first, last = self.ends
            conditions.append(f"event_name BETWEEN {literal(first)} AND {literal(last)}")
        return " AND ".join(conditions)

    def of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The wanted rows of a batch. Arrow, too, compares texts by their UTF-8 bytes."""
        if self.names is not None:
            known = pa.array(self.names, pa.string())
            batch = batch.filter(pc.is_in(batch.column("event_name"), value_set=known))
        if self.ends is not None:
            first, last = self.ends
            names = batch.column("event_name")
            inside = pc.and_(pc.greater_equal(names, first), pc.less_equal(names, last))
            batch = batch.filter(inside)
        return batch


def literal(text: str) -> str:
    """`text` as a SQL string literal: DuckDB has no escape but the doubled quote."""
    return "'" + text.replace("'", "''") + "'"
