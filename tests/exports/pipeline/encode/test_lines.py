from __future__ import annotations

import io

import pyarrow as pa
import pytest

from exports.pipeline.encode.lines import LinesBody, PlainWriter, line_buffers


def batch(*lines: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"line": pa.array(lines, pa.string())})


def body(limit: int) -> tuple[LinesBody, io.BytesIO]:
    file = io.BytesIO()
    writer = PlainWriter(file)
    return LinesBody(writer, max_bytes=limit, header=b"H\n", footer=b"F\n"), file


def test_it_fills_a_file_to_the_last_byte_and_no_further() -> None:
    lines, file = body(4 + 9)
    assert lines.add(batch("aa\n", "bb\n", "cc\n", "dd\n")) == 3
    assert lines.add(batch("dd\n")) == 0
    lines.close()
    assert file.getvalue() == b"H\naa\nbb\ncc\nF\n"
    assert (lines.rows, lines.size) == (3, 13)


@pytest.mark.parametrize("limit", [0, 1, 4, 6])
def test_a_line_larger_than_the_limit_is_taken_alone(limit: int) -> None:
    lines, file = body(limit)
    assert lines.add(batch("aaa\n", "b\n")) == 1
    assert lines.add(batch("b\n")) == 0
    lines.close()
    assert file.getvalue() == b"H\naaa\nF\n"


def test_a_large_line_after_small_ones_waits_for_the_next_file() -> None:
    lines, _ = body(12)
    assert lines.add(batch("a\n", "b" * 50 + "\n", "c\n")) == 1


def test_it_takes_the_rows_of_a_slice_and_no_others() -> None:
    lines, file = body(100)
    assert lines.add(batch("a\n", "ä\n", "😀\n", "d\n").slice(1, 2)) == 2
    assert file.getvalue() == "H\nä\n😀\n".encode()


def test_no_rows_are_no_problem() -> None:
    lines, _ = body(100)
    assert lines.add(batch("a\n").slice(1)) == 0
    assert lines.rows == 0


def test_offsets_of_a_slice_point_into_the_whole_text() -> None:
    offsets, text = line_buffers(batch("a\n", "bb\n", "c\n").slice(1))
    assert list(offsets) == [2, 5, 7]
    assert bytes(text[offsets[0] : offsets[1]]) == b"bb\n"
