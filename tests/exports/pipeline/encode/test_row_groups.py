from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports.pipeline.encode import row_groups
from exports.pipeline.encode.row_groups import ParquetBody

SCHEMA = pa.schema([pa.field("ts", pa.int64()), pa.field("text", pa.string())])


def rows(count: int, text: str = "x") -> pa.RecordBatch:
    texts = [f"{text}{number}" for number in range(count)]
    return pa.RecordBatch.from_pydict({"ts": range(count), "text": texts}, schema=SCHEMA)


def open_body(limit: int) -> tuple[ParquetBody, io.BytesIO]:
    file = io.BytesIO()
    return ParquetBody(file, limit, SCHEMA, lambda table: table), file


def test_its_size_is_that_of_the_file() -> None:
    body, file = open_body(1_000_000)
    assert body.add(rows(100)) == 100
    body.close()
    assert body.size == len(file.getvalue())
    assert pq.read_table(file).num_rows == body.rows == 100


@pytest.mark.parametrize("limit", [1, 100, 1_000])
def test_it_takes_one_row_however_small_the_limit(limit: int) -> None:
    body, file = open_body(limit)
    assert body.add(rows(5, "x" * 100_000)) == 1
    assert body.add(rows(5)) == 0
    body.close()
    assert pq.read_table(file).num_rows == 1


def test_it_keeps_within_the_limit_and_goes_on_where_it_stopped() -> None:
    everything, start, files = rows(3_000, "some text "), 0, 0
    while start < everything.num_rows:
        body, file = open_body(20_000)
        taken = body.add(everything.slice(start))
        body.close()
        assert len(file.getvalue()) <= 20_000
        assert pq.read_table(file).equals(pa.Table.from_batches([everything.slice(start, taken)]))
        start += taken
        files += 1
    assert files > 1


def test_row_groups_end_at_the_same_rows_however_they_arrive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_groups, "ROW_GROUP_ROWS", 100)
    found = []
    for size in (7, 64, 1_000):
        body, file = open_body(10_000_000)
        for start in range(0, 1_000, size):
            body.add(rows(1_000).slice(start, size))
        body.close()
        metadata = pq.ParquetFile(file).metadata
        found.append([metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)])
    assert found == [[100] * 10] * 3
