"""[pure] Rows that were not imported: each with its values as they were, and every reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pyarrow.types as pat

from imports.pipeline.columns import plain as plain_column
from imports.pipeline.columns import shown
from imports.pipeline.reading import Wrong, all_of

Failures = dict[str, dict[str, int]]
FAILURE = pa.struct([("column", pa.string()), ("code", pa.string()), ("value", pa.string())])


@dataclass(frozen=True)
class Refusal:
    """A reason why rows failed, and the column that it is about."""

    column: str
    wrong: Wrong


def failed_schema(source: pa.Schema) -> pa.Schema:
    """The shape of the failed rows of batches of that schema."""
    original = pa.struct([pa.field(field.name, kept_type(field.type)) for field in source])
    return pa.schema(
        [
            pa.field("row_number", pa.int64(), nullable=False),
            pa.field("original", original, nullable=False),
            pa.field("failures", pa.list_(FAILURE), nullable=False),
        ]
    )


def kept_type(kind: pa.DataType) -> pa.DataType:
    """What no file, or no copy, can be made of is kept as text, which the mapper reads as well."""
    as_text = pat.is_interval(kind) or pat.is_null(kind) or pat.is_string_view(kind)
    return pa.string() if as_text else kind


def _kept_as(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return column if column.type == kind else plain_column(column)


def merged(refusals: Sequence[Refusal]) -> list[Refusal]:
    """Each pair of a column and a code once."""
    rows: dict[tuple[str, str], pa.BooleanArray] = {}
    for refusal in refusals:
        key = (refusal.column, refusal.wrong.code)
        rows[key] = pc.or_(rows[key], refusal.wrong.rows) if key in rows else refusal.wrong.rows
    return [Refusal(column, Wrong(code, which)) for (column, code), which in rows.items()]


def counted(refusals: Sequence[Refusal]) -> Failures:
    """{code: {column: rows}}."""
    counts: Failures = {}
    for refusal in refusals:
        columns = counts.setdefault(refusal.wrong.code, {})
        columns[refusal.column] = refusal.wrong.rows.true_count
    return counts


def failed_rows(
    batch: pa.RecordBatch,
    plain: Mapping[str, pa.Array],
    refusals: Sequence[Refusal],
    failing: pa.BooleanArray,
    first_row: int,
) -> pa.Table:
    """The batch's failing rows; row_number is first_row for the batch's first. `plain` are the
    columns as the rules saw them."""
    schema = failed_schema(batch.schema)
    places = pc.indices_nonzero(failing).cast(pa.int64())
    kept = [_kept_as(batch.column(field.name), kept_type(field.type)) for field in batch.schema]
    original = pa.StructArray.from_arrays(
        [column.take(places) for column in kept], fields=list(schema.field("original").type)
    )
    failures = _failure_lists(plain, refusals)
    numbers = pc.add(places, first_row)
    return pa.Table.from_arrays([numbers, original, failures], schema=schema)


def write_failed(rows: pa.Table, path: str, store: pafs.FileSystem) -> None:
    """One Parquet file of failed rows."""
    pq.write_table(rows, path, filesystem=store, compression="zstd")


def _failure_lists(plain: Mapping[str, pa.Array], refusals: Sequence[Refusal]) -> pa.ListArray:
    """For each failing row its reasons, in the order in which the refusals come."""
    tables = [_reasons(plain, refusal, order) for order, refusal in enumerate(refusals)]
    if not tables:
        return pa.array([], pa.list_(FAILURE))
    reasons = pa.concat_tables(tables).sort_by([("row", "ascending"), ("order", "ascending")])
    counts = reasons.group_by("row", use_threads=False).aggregate([("row", "count")])
    lengths = counts.sort_by("row").column("row_count").combine_chunks()
    zero = all_of(1, 0, pa.int64())
    offsets = pa.concat_arrays([zero, pc.cumulative_sum(lengths)]).cast(pa.int32())
    values = [reasons.column(field.name).combine_chunks() for field in FAILURE]
    return pa.ListArray.from_arrays(
        offsets, pa.StructArray.from_arrays(values, fields=list(FAILURE))
    )


def _reasons(plain: Mapping[str, pa.Array], refusal: Refusal, order: int) -> pa.Table:
    places = pc.indices_nonzero(refusal.wrong.rows).cast(pa.int64())
    rows = len(places)
    return pa.table(
        {
            "row": places,
            "order": all_of(rows, order, pa.int32()),
            "column": all_of(rows, refusal.column, pa.string()),
            "code": all_of(rows, refusal.wrong.code, pa.string()),
            "value": shown(plain[refusal.column].take(places)),
        }
    )
