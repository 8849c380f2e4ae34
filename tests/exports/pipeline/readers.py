"""Readers of exported files that share no code with the product: one for each format.

A reader gives what a file holds in the shape of `expected.py`; FORMAT_CHECKS is what the contract
asks of every registered format.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree

from tests.exports.pipeline import expected
from tests.exports.pipeline.expected import Choices, Known, Record, exact

SCHEMAS = Path(__file__).parent / "schemas"
Scopes = dict[str, dict[str, Known]]
SCOPES = ("eventProps", "sessionProps")


@dataclass(frozen=True)
class FormatCheck:
    """`events` and `people` read a file; the others say what it must carry of a record."""

    events: Callable[[bytes], list[Any]]
    people: Callable[[bytes], list[Any]]
    event: Callable[[Record, Scopes, Choices], Any]
    person: Callable[[Record, dict[str, Known], Choices], Any]
    in_order: bool = False


# --- JSON --------------------------------------------------------------------------------------


def _json_lines(lines: list[bytes]) -> list[Record]:
    """Every line by two parsers; orjson is the strict one, but rounds beyond 64 bits."""
    for line in lines:
        orjson.loads(line)
    return [json.loads(line, object_pairs_hook=_no_key_twice) for line in lines]


def _no_key_twice(pairs: list[tuple[str, Any]]) -> Record:
    assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
    return dict(pairs)


def _lines(content: bytes) -> list[bytes]:
    assert content.endswith(b"\n")
    return content.removesuffix(b"\n").split(b"\n")


def json_events(content: bytes) -> list[Record]:
    return _json_lines(_lines(content)[1:])


def json_people(content: bytes) -> list[Record]:
    return _json_lines(_lines(content))


# --- XML ---------------------------------------------------------------------------------------


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / f"{name}.xsd"))


def _xml(content: bytes, schema: str) -> etree._Element:
    """The root, after the check; a huge text is no reason to refuse."""
    assert content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<root>\n')
    root = etree.fromstring(content, etree.XMLParser(huge_tree=True, resolve_entities=False))
    _schema(schema).assertValid(root)
    return root


def xml_events(content: bytes) -> list[Record]:
    return [_xml_record(one) for one in _xml(content, "events")]


def xml_people(content: bytes) -> list[Record]:
    return [_xml_record(one) for one in _xml(content, "profiles")]


_GROUPS = ("eventProps", "sessionProps", "commPrefs", "profileProps")


def _xml_record(element: etree._Element) -> Record:
    record: Record = {}
    for child in element:
        if child.tag in _GROUPS:
            pairs = [(entry[0].text or "", entry[1].text or "") for entry in child]
            record[child.tag] = _no_key_twice(pairs)
        elif child.tag in ("profile", "deviceInfo", "dimensions"):
            record[child.tag] = _xml_record(child)
        elif child.tag == "all_identities":
            record.setdefault(child.tag, []).append(child.text)
        else:
            record[child.tag] = child.text or ""
    return record


# --- CSV ---------------------------------------------------------------------------------------


def csv_table(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Header and rows, read alike by the standard library and by pandas."""
    text = io.StringIO(content.decode(), newline="")
    csv.field_size_limit(100_000_000)
    header, *rows = csv.reader(text, strict=True)
    assert all(len(row) == len(header) for row in rows)
    if b"\r" not in content:
        frame = pd.read_csv(
            io.BytesIO(content), dtype=str, keep_default_na=False, engine="c", header=None
        )
        assert frame.to_numpy().tolist() == [header, *rows]
    return header, rows


def csv_records(content: bytes) -> list[dict[str, str]]:
    header, rows = csv_table(content)
    assert len(set(header)) == len(header), header
    return [
        {column: cell for column, cell in zip(header, row, strict=True) if cell} for row in rows
    ]


# --- Parquet -----------------------------------------------------------------------------------


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def parquet_table(content: bytes) -> pa.Table:
    """The rows, read alike by Arrow and by DuckDB."""
    table = pq.read_table(io.BytesIO(content))
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(content)
        file.flush()
        relation = _engine().cursor().read_parquet(file.name)
        assert relation.columns == table.column_names
        found = relation.to_arrow_table().to_pylist()
    assert [exact(row) for row in found] == [exact(row) for row in table.to_pylist()]
    return table


def parquet_events(content: bytes) -> list[Record]:
    return [_plain(row) for row in _event_rows(content)]


def _event_rows(content: bytes) -> Iterator[Record]:
    for row in parquet_table(content).to_pylist():
        moment = row.pop("eventTime")
        assert row["ts"] == int(f"{moment:%Y%m%d%H%M%S}")
        yield row


def parquet_people(content: bytes) -> list[Record]:
    return [_plain(row) for row in parquet_table(content).to_pylist()]


def _plain(value: Any) -> Any:
    """Without what is not there: a struct has all keys of its kind."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    return [_plain(one) for one in value] if isinstance(value, list) else value


# --- all ---------------------------------------------------------------------------------------


def _csv_guarded(cells: dict[str, str], choices: Choices) -> dict[str, str]:
    if not choices.formula_guard:
        return cells
    return {expected.guarded(key): expected.guarded(text) for key, text in cells.items()}


FORMAT_CHECKS = {
    "json": FormatCheck(
        events=json_events,
        people=json_people,
        event=lambda record, scopes, choices: expected.json_event(record, choices),
        person=lambda record, known, choices: expected.json_person(record, choices),
        in_order=True,
    ),
    "xml": FormatCheck(
        events=xml_events,
        people=xml_people,
        event=lambda record, scopes, choices: expected.xml_event(record),
        person=lambda record, known, choices: expected.xml_person(record),
    ),
    "csv": FormatCheck(
        events=csv_records,
        people=csv_records,
        event=lambda record, scopes, choices: _csv_guarded(
            expected.csv_event(record, scopes), choices
        ),
        person=lambda record, known, choices: _csv_guarded(
            expected.csv_person(record, known), choices
        ),
    ),
    "parquet": FormatCheck(
        events=parquet_events,
        people=parquet_people,
        event=expected.parquet_event,
        person=expected.parquet_person,
    ),
}
