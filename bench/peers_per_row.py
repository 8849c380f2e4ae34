"""A loop over rows in Python, as most exports are written."""

from __future__ import annotations

import csv as csv_module
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree

from bench.fields import DIMENSIONS, OBJECTS
from bench.rows import Row, batches_of, flat_record, json_record, rows_of, typed_record
from bench.task import Task

_ARROW: dict[str, Any] = {
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "float": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}
# Rows of a Parquet row group, about what other writers take.
GROUP_BATCHES = 12


def json(task: Task) -> list[Path]:
    """A dictionary for each row, orjson for the line."""
    target = task.folder / "rows.json"
    with target.open("wb") as file:
        for row in rows_of(task):
            file.write(orjson.dumps(json_record(row), option=orjson.OPT_APPEND_NEWLINE))
    return [target]


def csv(task: Task) -> list[Path]:
    """A flat dictionary for each row, the standard library's csv module for the line."""
    target = task.folder / "rows.csv"
    columns = flat_columns()
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv_module.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows_of(task):
            flat = flat_record(row)
            writer.writerow([_cell(flat.get(column)) for column in columns])
    return [target]


def xml(task: Task) -> list[Path]:
    """A tree for each event, written by lxml's incremental writer."""
    target = task.folder / "rows.xml"
    with etree.xmlfile(str(target), encoding="UTF-8") as file:
        file.write_declaration()
        with file.element("root"):
            for row in rows_of(task):
                file.write(_event(row))
    return [target]


def parquet(task: Task) -> list[Path]:
    """Dictionaries into pyarrow batches of a schema that is given."""
    target = task.folder / "rows.parquet"
    schema = arrow_schema()
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        group: list[pa.RecordBatch] = []
        for rows in batches_of(task):
            records = [typed_record(row) for row in rows]
            group.append(pa.RecordBatch.from_pylist(records, schema))
            if len(group) == GROUP_BATCHES:
                writer.write_table(pa.Table.from_batches(group))
                group.clear()
        if group:
            writer.write_table(pa.Table.from_batches(group))
    return [target]


def flat_columns() -> list[str]:
    columns = ["ts", "eventName", "profile.objectId", "controlGroupName"]
    for _, root, fields in OBJECTS:
        for name, kind in fields.items():
            inner = [f".{key}" for key in DIMENSIONS] if isinstance(kind, dict) else [""]
            columns += [f"{root}.{name}{key}" for key in inner]
    return columns


def arrow_schema() -> pa.Schema:
    fixed = {"ts": pa.int64(), "eventTime": pa.timestamp("us", tz="UTC"), "eventName": pa.string()}
    typed = {root: _arrow(fields) for _, root, fields in OBJECTS}
    return pa.schema({**fixed, "controlGroupName": pa.string(), **typed})


def _arrow(kind: Any) -> pa.DataType:
    if isinstance(kind, dict):
        return pa.struct({name: _arrow(inner) for name, inner in kind.items()})
    return _ARROW[kind]


def _cell(value: Any) -> Any:
    return ("false", "true")[value] if isinstance(value, bool) else value


def _event(row: Row) -> Any:
    record = json_record(row)
    event = etree.Element("Event")
    _text(event, "ts", row["ts"])
    _text(event, "eventName", row["event_name"])
    _fields(etree.SubElement(event, "profile"), record["profile"])
    _fields(etree.SubElement(event, "deviceInfo"), record.get("deviceInfo", {}))
    if "controlGroupName" in record:
        _text(event, "controlGroupName", record["controlGroupName"])
    _entries(etree.SubElement(event, "eventProps"), record["eventProps"])
    if "sessionProps" in record:
        _entries(etree.SubElement(event, "sessionProps"), record["sessionProps"])
    return event


def _fields(parent: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, dict):
            _fields(etree.SubElement(parent, name), value)
        elif isinstance(value, list):
            for item in value:
                _text(parent, name, item)
        else:
            _text(parent, name, value)


def _entries(parent: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        entry = etree.SubElement(parent, "entry")
        etree.SubElement(entry, "key").text = name
        _text(entry, "value", value)


def _text(parent: Any, name: str, value: Any) -> None:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    etree.SubElement(parent, name).text = text
