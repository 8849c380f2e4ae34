"""[pure] CSV by RFC 4180: UTF-8, line feeds, quotes only where a value needs them.

The columns are the fixed ones, then the properties that the event is known to have, by name.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from clevertap_partners.eventstore.memo import Memo
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.schema import EventSchema, PropertySchema
from clevertap_partners.eventstore.wanted import literal
from exports.pipeline.encode import profiles, sql
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.encode.cells import Cell, by_name, cells_of, is_ambiguous
from exports.pipeline.encode.lines import LinesBody, lines_body
from exports.pipeline.records import ProfileRecords, Records

# What makes a value one that has to be quoted.
_MARKS = ("','", "'\"'", "chr(10)", "chr(13)")
# First characters by which a spreadsheet takes a text for a formula (OWASP, CSV injection).
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"


@dataclass(frozen=True)
class Column:
    """A column. `is_bare`: its text never needs quotes; `is_list`: it nearly always does."""

    name: str
    text: str
    is_bare: bool = False
    is_list: bool = False


class CsvEncoder:
    """A header, then a line a record; a quoted value may run over several lines."""

    def __init__(self, options: EncodeOptions, records: Records) -> None:
        self._options = options
        self._records = records

    def queries(self) -> list[Query]:
        if isinstance(self._records, ProfileRecords):
            return [Query(_profile_steps(self._records, self._options))]
        device = _device_memo(self._options)
        return [
            Query(_event_steps(group, self._options), [device], sql.ends(group), sql.most(group))
            for group in sql.groups(self._records.schemas)
        ]

    def body(self, file: BinaryIO, *, event_name: str, max_bytes: int) -> LinesBody:
        names = [column.name for column in self._columns(event_name)]
        header = _header(names, self._options.formula_guard)
        return lines_body(file, self._options, max_bytes=max_bytes, header=header)

    def _columns(self, event_name: str) -> list[Column]:
        if isinstance(self._records, ProfileRecords):
            return _profile_columns(profiles.profile_fields(self._records, self._options))
        properties = _properties_of(self._records.schemas[event_name])
        device = _device_columns("one")
        return [*_person_columns(self._options), *device, *_CONTROL_GROUP, *properties]


def _header(names: Sequence[str], guard: bool) -> bytes:
    return (",".join(_header_cell(name, guard) for name in names) + "\n").encode()


def _header_cell(name: str, guard: bool) -> str:
    """By the rules of the rows below; the standard library leaves a carriage return unquoted."""
    if guard and re.search(_FORMULA, name) and not re.search(_NUMBER, name):
        name = f"'{name}"
    quoted = name.replace('"', '""')
    return f'"{quoted}"' if any(mark in name for mark in ',"\n\r') else name


def _event_steps(schemas: Mapping[str, EventSchema], options: EncodeOptions) -> list[str]:
    guard = options.formula_guard
    event = {name: of.event_props for name, of in schemas.items()}
    session = {name: of.session_props for name, of in schemas.items()}
    return [
        f"""{sql.event_identity(options.identifiers)} AS identity,
        nullif(object_id, '') AS object_id, control_group_name,
        coalesce(device_csv(device_info), '{_NO_DEVICE}') AS device_cells,
        {sql.texts_at("profile", sql.PROFILE_POINTERS)} AS profile_values,
        {sql.by_event({name: _sources(of, "event_props") for name, of in event.items()})}
        AS event_sources,
        {sql.by_event({name: _sources(of, "session_props") for name, of in session.items()})}
        AS session_sources""",
        f"""identity, object_id, control_group_name, profile_values, device_cells,
        {_identities(_profile_value("all_identities"))} AS all_identities,
        {sql.by_event({name: _cells(of, "event_sources") for name, of in event.items()})}
        AS event_cells,
        {sql.by_event({name: _cells(of, "session_sources") for name, of in session.items()})}
        AS session_cells""",
        f"""concat({_row(_person_columns(options), guard)}, ',', device_cells, ',',
        {_row(_CONTROL_GROUP, guard)}, {_tail("event_cells", guard)},
        {_tail("session_cells", guard)}, chr(10)) AS line""",
    ]


def _profile_value(key: str) -> str:
    return sql.item("profile_values", sql.PROFILE_POINTERS, f"/{key}")


def _identities(listed: str) -> str:
    return f"""array_to_string(from_json({listed}, '["VARCHAR"]'), ',')"""


def _person_columns(options: EncodeOptions) -> list[Column]:
    """When, what and who: the first columns that every event has."""
    object_id = "object_id" if options.clevertap_id else "NULL::VARCHAR"
    return [
        Column("ts", "ts", is_bare=True),
        Column("eventName", "event_name"),
        Column("profile.identity", "identity"),
        Column("profile.objectId", object_id),
        Column("profile.all_identities", "all_identities", is_list=True),
        *(Column(f"profile.{key}", _profile_value(key)) for key in sql.PROFILE_TEXTS),
    ]


def _device_columns(values: str) -> list[Column]:
    def column(key: str, *, is_bare: bool) -> Column:
        text = sql.item(values, sql.DEVICE_POINTERS, f"/{key}")
        return Column(f"deviceInfo.{key.replace('/', '.')}", text, is_bare)

    *sizes, unit = (f"dimensions/{key}" for key in sql.DIMENSIONS)
    return [
        *(column(key, is_bare=False) for key in sql.DEVICE_TEXTS),
        *(column(key, is_bare=True) for key in ("dpi", *sizes)),
        column(unit, is_bare=False),
    ]


def _device_memo(options: EncodeOptions) -> Memo:
    cells = _row(_device_columns("one"), options.formula_guard)
    values = sql.texts_at("value", sql.DEVICE_POINTERS)
    return Memo("device_csv", "device_info", sql.let("one", values, cells))


_NO_DEVICE = "," * (len(sql.DEVICE_POINTERS) - 1)
_CONTROL_GROUP = [Column("controlGroupName", "control_group_name")]


def _properties_of(schema: EventSchema) -> list[Column]:
    return [
        *_columns(cells_of(schema.event_props), "eventProps.", "event_cells"),
        *_columns(cells_of(schema.session_props), "sessionProps.", "session_cells"),
    ]


def _columns(cells: Sequence[Cell], scope: str, values: str) -> list[Column]:
    return [
        Column(f"{scope}{cell.name}", f"{values}[{number}]", cell.is_bare, cell.is_list)
        for number, cell in enumerate(cells, 1)
    ]


def _sources(properties: Sequence[PropertySchema], column: str) -> str:
    """A list of the properties' texts, then where needed one of their JSON texts."""
    if not properties:
        return "NULL::VARCHAR[]"
    pointers = [sql.pointer(known.name) for known in by_name(properties)]
    # Also a record without any has its cells.
    column = f"coalesce({column}, '{{}}')"
    texts = sql.texts_at(column, pointers)
    if any(is_ambiguous(known) for known in properties):
        return f"list_concat({texts}, {sql.json_at(column, pointers)})"
    return texts


def _cells(properties: Sequence[PropertySchema], sources: str) -> str:
    """A list of what the cells show; the sources themselves where those say it."""
    cells = cells_of(properties)
    if all(cell.is_plain for cell in cells):
        return sources
    shown = (
        cell.text(f"{sources}[{cell.place}]", f"{sources}[{cell.place + len(properties)}]")
        for cell in cells
    )
    return f"[{', '.join(shown)}]"


def _profile_steps(records: ProfileRecords, options: EncodeOptions) -> list[str]:
    fields = profiles.profile_fields(records, options)
    shown = [text for field in fields.all for text in _shown(field)]
    row = _row(_profile_columns(fields), options.formula_guard)
    return [fields.source, f"[{', '.join(shown)}] AS cells", f"concat({row}, chr(10)) AS line"]


def _shown(field: profiles.ProfileField) -> list[str]:
    if field.known is None:
        return [_identities(field.text) if field.name == "all_identities" else field.text]
    return [cell.text(field.text, field.raw_json) for cell in cells_of([field.schema])]


def _profile_columns(fields: profiles.ProfileFields) -> list[Column]:
    numbers = itertools.count(1)
    taken = {field.name for field in fields.all}
    return [
        replace(column, text=f"cells[{next(numbers)}]")
        for field in fields.all
        for column in _field_columns(field, taken)
    ]


def _field_columns(field: profiles.ProfileField, taken: set[str]) -> list[Column]:
    if field.known is None:
        return [Column(field.name, field.text, is_list=field.name == "all_identities")]
    return _columns(cells_of([field.schema], taken), "", "cells")


def _tail(cells: str, guard: bool) -> str:
    """SQL for the texts of a list with a comma before each: one expression for all events."""
    cell = _quoted(_guarded("cell")) if guard else _quoted("cell")
    careful = f"list_transform({cells}, lambda cell: coalesce({cell}, ''))"
    filled = f"list_transform({cells}, lambda cell: coalesce(cell, ''))"
    needs_care = "true" if guard else _has_mark(f"array_to_string({cells}, '')")
    return f"""',' || CASE WHEN {needs_care} THEN array_to_string({careful}, ',')
        WHEN list_count({cells}) = len({cells}) THEN array_to_string({cells}, ',')
        ELSE array_to_string({filled}, ',') END"""


def _row(columns: Sequence[Column], guard: bool) -> str:
    """SQL for the values with commas between them.

    Looking through all the texts of a row at once is cheaper than looking at each; only a row
    in which something has to be quoted takes the slower way.
    """
    texts = [column.text for column in columns if not (column.is_bare or column.is_list)]
    careful = _joined(_careful(column, guard) for column in columns)
    if guard or not texts:
        return careful
    quick = _joined(_quoted(one.text) if one.is_list else one.text for one in columns)
    return f"CASE WHEN {_has_mark(sql.concat(texts))} THEN {careful} ELSE {quick} END"


def _joined(texts: Iterable[str]) -> str:
    between = ", ',', "
    return f"concat({between.join(texts)})"


def _careful(column: Column, guard: bool) -> str:
    if column.is_bare:
        return column.text
    return _quoted(_guarded(column.text) if guard else column.text)


def _quoted(text: str) -> str:
    inside = f"""concat('"', replace({text}, '"', '""'), '"')"""
    return f"CASE WHEN {_has_mark(text)} THEN {inside} ELSE {text} END"


def _has_mark(text: str) -> str:
    return f"({' OR '.join(f'contains({text}, {mark})' for mark in _MARKS)})"


def _guarded(text: str) -> str:
    """An apostrophe before a text that a spreadsheet would run; numbers are left alone."""
    looks = f"regexp_matches({text}, {literal(_FORMULA)})"
    number = f"regexp_matches({text}, {literal(_NUMBER)})"
    return f"CASE WHEN {looks} AND NOT {number} THEN concat('''', {text}) ELSE {text} END"
