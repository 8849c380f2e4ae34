"""[pure] Reads a file of upload records, NDJSON or Parquet, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from clevertap_partners.eventstore.canonical import MAX_RECORD_BYTES
from clevertap_partners.eventstore.jsontext import Refused, parse

_PARQUET_MAGIC = b"PAR1"
_PARQUET_ROWS = 5_000
# Parquet columns that may hold the JSON text of an object instead of a struct or a map.
_OBJECT_KEYS = ("evtData", "profileData", "profile", "deviceInfo", "sessionProps")


@dataclass(frozen=True, slots=True)
class Upload:
    """One record of a file, as it was found; `line` counts from 1, in Parquet the row."""

    line: int
    raw: bytes | dict[str, Any]

    @property
    def size(self) -> int:
        return len(self.raw) if isinstance(self.raw, bytes) else len(str(self.raw))

    def record(self) -> tuple[Any, bool]:
        """The record, and whether it is plain in the sense of `jsontext.parse`. Raises Refused."""
        if isinstance(self.raw, dict):
            return _with_objects(self.raw), False
        if len(self.raw) > MAX_RECORD_BYTES:
            raise Refused(f"is larger than {MAX_RECORD_BYTES:,} bytes")
        return parse(self.raw)

    def text(self) -> str:
        """The record for a person to look at, cut where it is larger than any record may be."""
        if isinstance(self.raw, bytes):
            return self.raw[:MAX_RECORD_BYTES].decode(errors="replace").rstrip("\r\n")
        return str(self.raw)[:MAX_RECORD_BYTES]


def file_digest(path: Path) -> str:
    """The same for the same content, whatever the file is called."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_uploads(path: Path) -> Iterator[Upload]:
    """Every record of the file in order. Raises pyarrow.ArrowInvalid for a broken Parquet file."""
    with path.open("rb") as stream:
        is_parquet = stream.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC
        stream.seek(0)
        yield from _read_parquet(stream) if is_parquet else _read_ndjson(stream)


def _read_ndjson(stream: BinaryIO) -> Iterator[Upload]:
    number = 0
    while line := stream.readline(MAX_RECORD_BYTES + 1):
        number += 1
        if len(line) > MAX_RECORD_BYTES:
            _skip_rest(stream, line)
        if not line.isspace():
            yield Upload(number, line)


def _skip_rest(stream: BinaryIO, line: bytes) -> None:
    """Go to the end of a line that is too long to be held."""
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_RECORD_BYTES)


def _read_parquet(stream: BinaryIO) -> Iterator[Upload]:
    number = 0
    for batch in pq.ParquetFile(stream).iter_batches(batch_size=_PARQUET_ROWS):
        for row in pa.Table.from_batches([batch]).to_pylist(maps_as_pydicts="strict"):
            number += 1
            yield Upload(number, row)


def _with_objects(row: dict[str, Any]) -> dict[str, Any]:
    record = {key: value for key, value in row.items() if value is not None}
    for key in _OBJECT_KEYS:
        if isinstance(text := record.get(key), str):
            record[key], _ = parse(text.encode())
    return record
