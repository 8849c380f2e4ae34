from __future__ import annotations

import gzip
import io
import random
import zlib

import pytest

from exports.pipeline.encode.gzip import BLOCK_BYTES, GzipWriter


def packed(*pieces: bytes) -> bytes:
    file = io.BytesIO()
    writer = GzipWriter(file)
    for piece in pieces:
        writer.write(piece)
    writer.close()
    assert writer.size == len(file.getvalue())
    return file.getvalue()


DICE = random.Random(1)  # noqa: S311  (test data)
TEXT = DICE.randbytes(3 * BLOCK_BYTES // 2) + b"abc" * BLOCK_BYTES


@pytest.mark.parametrize("text", [b"", b"x", TEXT])
def test_gzip_and_zlib_read_one_member_to_its_end(text: bytes) -> None:
    content = packed(text)
    assert gzip.decompress(content) == text
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(content) == text
    assert reader.eof
    assert reader.unused_data == b""


def test_its_head_names_no_file_and_no_time() -> None:
    content = packed(b"x")
    assert content[:4] == b"\x1f\x8b\x08\x00"
    assert content[4:8] == bytes(4)


def test_how_the_text_arrives_changes_no_byte() -> None:
    pieces = [TEXT[start : start + 777] for start in range(0, len(TEXT), 777)]
    assert packed(*pieces) == packed(TEXT)


def test_its_size_is_what_the_file_has_while_it_grows() -> None:
    file = io.BytesIO()
    writer = GzipWriter(file)
    for start in range(0, len(TEXT), 50_000):
        writer.write(TEXT[start : start + 50_000])
        assert writer.size == len(file.getvalue())
    assert writer.settle()
    assert zlib.decompressobj(wbits=31).decompress(file.getvalue()) == TEXT
    assert not writer.settle()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("limit", [500, 5_000, 100_000, 400_000])
def test_what_it_says_to_fit_does_fit_even_when_nothing_compresses(limit: int, seed: int) -> None:
    dice, file = random.Random(seed), io.BytesIO()  # noqa: S311  (test data)
    writer = GzipWriter(file)
    while (room := writer.room(limit)) > 0 or (writer.settle() and writer.room(limit) > 0):
        writer.write(dice.randbytes(min(max(room, 1), dice.randrange(1, limit))))
    writer.close()
    assert len(file.getvalue()) <= limit
