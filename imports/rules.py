"""[pure] What is wrong with a mapping: asked by the page, and again before every run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clevertap_partners.eventstore.canonical import MAX_PROPERTIES
from clevertap_partners.eventstore.jsontext import clean_text
from imports import row_faults
from imports.mapping import BOOLEAN, DATE_TYPE, EVENTS, PROFILES, PROPERTY_TYPES, Mapping, Property
from imports.names import (
    FLAG_PREFIX,
    TEXT_PROPERTIES,
    event_name_fault,
    property_name_problem,
)
from imports.suggest import (
    EVENT_NAME_TYPES,
    IDENTITY_TYPES,
    cursor_kinds,
    date_formats,
    property_types,
    why_not_mappable,
)
from integrations.warehouse import Column

_LABELS = {
    "string": "String",
    "integer": "Integer",
    "float": "Float",
    "long": "Long",
    "boolean": "Boolean",
    "date": "Date",
}
_EVENT_NAME_PROBLEMS = {
    row_faults.EVENT_NAME_BLANK: "Name the event, or choose the column with the event names.",
    row_faults.EVENT_NAME_TOO_LONG: "The event name has more than 120 bytes. Shorten it.",
    row_faults.EVENT_NAME_CHARACTERS: "An event name may not hold "
    "% > < ! | & . : ; $ ' \" \\ #. Leave these characters out.",
    row_faults.EVENT_NAME_RESTRICTED: "The platform records this event by itself. "
    "Choose another name.",
}

Columns = dict[str, Column]


@dataclass(frozen=True)
class MappingProblem:
    """`where` is identity, cursor, created_on, event_name, columns, or property:<column>."""

    where: str
    code: str
    message: str


def mapping_problems(mapping: Mapping, columns: Sequence[Column]) -> list[MappingProblem]:
    """Everything that has to be mended before rows can be read; empty when nothing has."""
    known = {column.name: column for column in columns}
    problems = [*_of_columns(columns), *_of_identity(mapping, known), *_of_cursor(mapping, known)]
    if mapping.kind == EVENTS:
        problems += [*_of_created_on(mapping, known), *_of_event_name(mapping, known)]
    return [*problems, *_of_properties(mapping, known)]


def _of_columns(columns: Sequence[Column]) -> Iterator[MappingProblem]:
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            message = f"Two columns are called “{column.name}”. Give one of them another name."
            yield MappingProblem("columns", "duplicate_columns", message)
        seen.add(column.name)


def _of_identity(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if not mapping.identity_column:
        message = "Choose the column that says whose row it is."
        yield MappingProblem("identity", "identity_missing", message)
        return
    column = known.get(mapping.identity_column)
    yield from _usable("identity", mapping.identity_column, column)
    if column and not column.is_nested and column.type not in IDENTITY_TYPES:
        message = (
            f"“{column.name}” is of type {column.type}, which tells nobody apart. "
            "Choose a column of texts or whole numbers."
        )
        yield MappingProblem("identity", "identity_type", message)


def _of_cursor(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if not mapping.cursor_column:
        return
    column = known.get(mapping.cursor_column)
    yield from _usable("cursor", mapping.cursor_column, column)
    if column and not column.is_nested and mapping.cursor_kind not in cursor_kinds(column):
        message = (
            f"“{column.name}” is of type {column.type} and cannot count as Updated On in that way. "
            "Choose a column of type DATE, DATETIME or TIMESTAMP, or whole numbers of epoch "
            "seconds or milliseconds."
        )
        yield MappingProblem("cursor", "cursor_type", message)


def _of_created_on(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if not mapping.created_on_column:
        return
    column = known.get(mapping.created_on_column)
    yield from _usable("created_on", mapping.created_on_column, column)
    if column and not column.is_nested and mapping.created_on_format not in date_formats(column):
        yield MappingProblem("created_on", "created_on_format", _no_format(column))


def _of_event_name(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if mapping.event_name_column:
        yield from _of_event_name_column(mapping, known)
        return
    if fault := event_name_fault(clean_text(mapping.event_name)):
        yield MappingProblem("event_name", fault, _EVENT_NAME_PROBLEMS[fault])


def _of_event_name_column(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if mapping.event_name:
        message = "Choose one: a name for all events, or the column with their names."
        yield MappingProblem("event_name", "event_name_twice", message)
    column = known.get(mapping.event_name_column)
    yield from _usable("event_name", mapping.event_name_column, column)
    if column and not column.is_nested and column.type not in EVENT_NAME_TYPES:
        message = f"“{column.name}” is of type {column.type}. Event names are texts (STRING)."
        yield MappingProblem("event_name", "event_name_type", message)


def _of_properties(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if len(mapping.properties) > MAX_PROPERTIES:
        message = (
            f"{len(mapping.properties)} properties are too many: at most {MAX_PROPERTIES} can be "
            "mapped. Leave some out."
        )
        yield MappingProblem("columns", "too_many_properties", message)
    if mapping.kind == PROFILES and not mapping.properties:
        message = "Map at least one column to a user property: there is nothing to import yet."
        yield MappingProblem("columns", "no_properties", message)
    taken: set[str] = set()
    for wanted in mapping.properties:
        yield from _of_property(wanted, known, of_profile=mapping.kind == PROFILES)
        # Control characters become question marks on the way, so names may meet.
        name = clean_text(wanted.name)
        if name in taken:
            message = f"Two properties are called “{name}”. Give one of them another name."
            yield _about(wanted, "duplicate_name", message)
        taken.add(name)


def _of_property(wanted: Property, known: Columns, *, of_profile: bool) -> Iterator[MappingProblem]:
    column = known.get(wanted.column)
    yield from _usable(f"property:{wanted.column}", wanted.column, column)
    if problem := property_name_problem(clean_text(wanted.name), of_profile=of_profile):
        yield _about(wanted, *problem)
    if wanted.type not in PROPERTY_TYPES:
        yield _about(wanted, "type_unknown", f"Choose a type for “{wanted.name}”.")
    elif column and not column.is_nested:
        yield from _of_type(wanted, column)
    if of_profile:
        yield from _of_system_property(wanted)


def _of_type(wanted: Property, column: Column) -> Iterator[MappingProblem]:
    types = property_types(column)
    if wanted.type not in types:
        names = ", ".join(_LABELS[each] for each in types)
        message = (
            f"A column of type {column.type} cannot become {_LABELS[wanted.type]}. Choose: {names}."
        )
        yield _about(wanted, "type_impossible", message)
    elif wanted.type == DATE_TYPE and wanted.format not in date_formats(column):
        yield _about(wanted, "date_format", _no_format(column))


def _of_system_property(wanted: Property) -> Iterator[MappingProblem]:
    if wanted.name.startswith(FLAG_PREFIX) and wanted.type != BOOLEAN:
        message = f"“{wanted.name}” is a yes or a no. Choose the type Boolean."
        yield _about(wanted, "type_of_system_property", message)
    if wanted.name in TEXT_PROPERTIES and wanted.type != "string":
        message = f"“{wanted.name}” is a text. Choose the type String."
        yield _about(wanted, "type_of_system_property", message)


def _usable(where: str, name: str, column: Column | None) -> Iterator[MappingProblem]:
    if column is None:
        message = f"There is no column “{name}”. Choose one that the table or query has."
        yield MappingProblem(where, "column_unknown", message)
    elif why_not := why_not_mappable(column):
        yield MappingProblem(where, "column_nested", why_not)


def _about(wanted: Property, code: str, message: str) -> MappingProblem:
    return MappingProblem(f"property:{wanted.column}", code, message)


def _no_format(column: Column) -> str:
    if date_formats(column):
        return f"Choose the format in which “{column.name}” holds its dates."
    return f"A column of type {column.type} holds no dates. Choose another one, or another type."
