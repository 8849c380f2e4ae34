"""Reads back what contenders wrote: how many records, and the first and the last as plain values.

Plain means that spellings which say the same compare equal: nothing for null, numbers by value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from lxml import etree

BLOCK_BYTES = 1 << 22
# No record of the benchmark is longer.
RECORD_BYTES = 1 << 14


def read_back(file_format: str, files: list[Path]) -> dict[str, Any]:
    """{rows, first, last} of the files in their order."""
    count, first, last = _READERS[file_format]
    return {
        "rows": sum(count(file) for file in files),
        "first": plain(first(files[0])),
        "last": plain(last(files[-1])),
    }


def plain(value: Any) -> Any:
    """Without nulls and empty things; numbers, and texts that are numbers, as floats."""
    if isinstance(value, dict):
        found = {str(key): plain(inner) for key, inner in value.items()}
        return {key: inner for key, inner in found.items() if inner not in (None, "", {}, [])}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return float(value)
    except (TypeError, ValueError):
        return None if value is None else str(value)


def _json_rows(file: Path) -> int:
    return _occurrences(file, b"\n") - (0 if _head(file).startswith(b"{") else 1)


def _json_first(file: Path) -> Any:
    lines = _head(file).splitlines()
    return _json_record(lines[0] if lines[0].startswith(b"{") else lines[1])


def _json_last(file: Path) -> Any:
    return _json_record(_tail(file).splitlines()[-1])


def _json_record(line: bytes) -> Any:
    """Fields of a JSON line; those that other tools add or know besides are left out."""
    record = json.loads(line)
    for name in ("_dlt_load_id", "_dlt_id", "eventName", "eventTime"):
        record.pop(name, None)
    return record


def _csv_rows(file: Path) -> int:
    return _occurrences(file, b"\n") - 1


def _csv_first(file: Path) -> Any:
    return _csv_record(file, _head(file).splitlines()[1])


def _csv_last(file: Path) -> Any:
    return _csv_record(file, _tail(file).splitlines()[-1])


def _csv_record(file: Path, line: bytes) -> Any:
    header = _head(file).splitlines()[0]
    (record,) = csv.DictReader(io.StringIO(f"{header.decode()}\n{line.decode()}\n"))
    return {name: value for name, value in record.items() if not name.startswith("_dlt")}


def _xml_rows(file: Path) -> int:
    return _occurrences(file, b"</Event>")


def _xml_first(file: Path) -> Any:
    head = _head(file)
    end = head.index(b"</Event>") + len(b"</Event>")
    return _element(etree.fromstring(head[head.index(b"<Event>") : end]))


def _xml_last(file: Path) -> Any:
    tail = _tail(file)
    end = tail.rindex(b"</Event>") + len(b"</Event>")
    return _element(etree.fromstring(tail[tail.rindex(b"<Event>") : end]))


def _element(element: Any) -> Any:
    if not len(element):
        return element.text
    if element[0].tag == "entry":
        return {entry.findtext("key"): entry.findtext("value") for entry in element}
    values: dict[str, list[Any]] = {}
    for child in element:
        values.setdefault(child.tag, []).append(_element(child))
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _parquet_rows(file: Path) -> int:
    return int(pq.read_metadata(file).num_rows)


def _nothing(file: Path) -> Any:
    return None


def _parquet_first(file: Path) -> Any:
    return pq.ParquetFile(file).read_row_group(0).slice(0, 1).to_pylist()[0]


def _parquet_last(file: Path) -> Any:
    table = pq.ParquetFile(file)
    group = table.read_row_group(table.num_row_groups - 1)
    return group.slice(group.num_rows - 1).to_pylist()[0]


Reader = tuple[Callable[[Path], int], Callable[[Path], Any], Callable[[Path], Any]]
_READERS: dict[str, Reader] = {
    "json": (_json_rows, _json_first, _json_last),
    "csv": (_csv_rows, _csv_first, _csv_last),
    "xml": (_xml_rows, _xml_first, _xml_last),
    "parquet": (_parquet_rows, _parquet_first, _parquet_last),
    # Rows of many files in no order: they are counted.
    "import": (_parquet_rows, _nothing, _nothing),
}


def _occurrences(file: Path, what: bytes) -> int:
    """How often; `what` may lie across two blocks."""
    found, rest = 0, b""
    with file.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            block = rest + block
            found += block.count(what)
            rest = block[max(0, len(block) - len(what) + 1) :]
    return found


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(RECORD_BYTES)


def _tail(file: Path) -> bytes:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - RECORD_BYTES))
        return stream.read()
