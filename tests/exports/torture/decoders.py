"""Reads exported files with libraries alone: nothing here knows how the product writes them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow.parquet as pq
from lxml import etree

from exports.pipeline.encode.base import EncodeOptions
from tests.exports.torture.scenario import Row

Record = Mapping[str, Any]


def read_rows(
    format_key: str, name: str, content: bytes, encode: EncodeOptions, *, event_name: str
) -> list[Row]:
    """The rows of one file. `event_name` is what the bucket calls it; "" for profiles."""
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    text_line = format_key == "json" and encode.event_name_line and bool(event_name)
    if text_line:
        first, _, content = content.partition(b"\n")
        assert first.decode() == event_name, f"{name} begins with {first!r}"
    return [
        row_of(record, event_name if text_line else "", is_event=bool(event_name))
        for record in READERS[format_key](content)
    ]


def row_of(record: Record, event_name: str, *, is_event: bool) -> Row:
    return Row(
        event_name or (find(record, "eventName") if is_event else ""),
        int(find(record, "ts")) if is_event else 0,
        str(find(record, "identity")),
        int(find(record, "serial")),
        find(record, "note"),
    )


def find(record: Record, key: str) -> Any:
    """The first value under `key`, however deep; a flat name such as `eventProps.key` too."""
    if (found := _find(record, key)) is None:
        raise AssertionError(f"no {key} in {record}")
    return found


def _find(record: Record, key: str) -> Any:
    for name, value in record.items():
        if name == key or name.endswith(f".{key}"):
            return value
        if isinstance(value, Mapping) and (found := _find(value, key)) is not None:
            return found
    return None


def json_records(content: bytes) -> Iterator[Record]:
    return (json.loads(line) for line in content.decode().split("\n") if line)


def csv_records(content: bytes) -> Iterator[Record]:
    return csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True)


def xml_records(content: bytes) -> Iterator[Record]:
    return (element_value(element) for element in etree.fromstring(content))


def element_value(element: Any) -> Any:
    """Text, or a dictionary of the children; an entry goes by its key."""
    if not len(element):
        return element.text or ""
    return {
        child.findtext("key") if child.tag == "entry" else child.tag: (
            child.findtext("value") if child.tag == "entry" else element_value(child)
        )
        for child in element
    }


def parquet_records(content: bytes) -> Iterator[Record]:
    return iter(pq.read_table(io.BytesIO(content)).to_pylist())


READERS: Mapping[str, Callable[[bytes], Iterator[Record]]] = {
    "json": json_records,
    "csv": csv_records,
    "xml": xml_records,
    "parquet": parquet_records,
}
