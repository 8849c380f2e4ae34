"""[pure] What is wrong with a mapping: asked by the page, and again before every run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clevertap_partners.core.marking import gettext_noop as _
from clevertap_partners.eventstore.canonical import MAX_PROPERTIES
from clevertap_partners.eventstore.jsontext import clean_text
from imports import row_faults
from imports.mapping import (
    BOOLEAN,
    DATE_TYPE,
    EVENTS,
    FLOAT,
    INTEGER,
    LONG,
    PROFILES,
    PROPERTY_TYPES,
    STRING,
    Mapping,
    Property,
)
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

# Whole sentences, so that each can be translated; every column can become a String.
_IMPOSSIBLE = {
    INTEGER: _("A column of type {column_type} cannot become Integer. {choose}"),
    FLOAT: _("A column of type {column_type} cannot become Float. {choose}"),
    LONG: _("A column of type {column_type} cannot become Long. {choose}"),
    BOOLEAN: _("A column of type {column_type} cannot become Boolean. {choose}"),
    DATE_TYPE: _("A column of type {column_type} cannot become Date. {choose}"),
}
_CHOOSE = {
    (FLOAT, INTEGER, LONG, STRING, DATE_TYPE): _("Choose: Float, Integer, Long, String, Date."),
    (BOOLEAN, STRING): _("Choose: Boolean, String."),
    (DATE_TYPE, STRING): _("Choose: Date, String."),
    (STRING,): _("Choose: String."),
}
_EVENT_NAME_PROBLEMS = {
    row_faults.EVENT_NAME_BLANK: _("Name the event, or choose the column with the event names."),
    row_faults.EVENT_NAME_TOO_LONG: _("The event name has more than 120 bytes. Shorten it."),
    row_faults.EVENT_NAME_CHARACTERS: _(
        "An event name may not hold % > < ! | & . : ; $ ' \" \\ #. Leave these characters out."
    ),
    row_faults.EVENT_NAME_RESTRICTED: _(
        "The platform records this event by itself. Choose another name."
    ),
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
            text = _("Two columns are called “{name}”. Give one of them another name.")
            yield MappingProblem("columns", "duplicate_columns", text.format(name=column.name))
        seen.add(column.name)


def _of_identity(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if not mapping.identity_column:
        message = _("Choose the column that says whose row it is.")
        yield MappingProblem("identity", "identity_missing", message)
        return
    column = known.get(mapping.identity_column)
    yield from _usable("identity", mapping.identity_column, column)
    if column and not column.is_nested and column.type not in IDENTITY_TYPES:
        text = _(
            "“{name}” is of type {column_type}, which tells nobody apart. "
            "Choose a column of texts or whole numbers."
        )
        yield MappingProblem("identity", "identity_type", _of_type_in(text, column))


def _of_cursor(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if not mapping.cursor_column:
        return
    column = known.get(mapping.cursor_column)
    yield from _usable("cursor", mapping.cursor_column, column)
    if column and not column.is_nested and mapping.cursor_kind not in cursor_kinds(column):
        text = _(
            "“{name}” is of type {column_type} and cannot count as Updated On in that way. "
            "Choose a column of type DATE, DATETIME or TIMESTAMP, or whole numbers of epoch "
            "seconds or milliseconds."
        )
        yield MappingProblem("cursor", "cursor_type", _of_type_in(text, column))


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
        message = _("Choose one: a name for all events, or the column with their names.")
        yield MappingProblem("event_name", "event_name_twice", message)
    column = known.get(mapping.event_name_column)
    yield from _usable("event_name", mapping.event_name_column, column)
    if column and not column.is_nested and column.type not in EVENT_NAME_TYPES:
        text = _("“{name}” is of type {column_type}. Event names are texts (STRING).")
        yield MappingProblem("event_name", "event_name_type", _of_type_in(text, column))


def _of_properties(mapping: Mapping, known: Columns) -> Iterator[MappingProblem]:
    if len(mapping.properties) > MAX_PROPERTIES:
        text = _("{count} properties are too many: at most {most} can be mapped. Leave some out.")
        message = text.format(count=len(mapping.properties), most=MAX_PROPERTIES)
        yield MappingProblem("columns", "too_many_properties", message)
    if mapping.kind == PROFILES and not mapping.properties:
        message = _("Map at least one column to a user property: there is nothing to import yet.")
        yield MappingProblem("columns", "no_properties", message)
    taken: set[str] = set()
    for wanted in mapping.properties:
        yield from _of_property(wanted, known, of_profile=mapping.kind == PROFILES)
        # Control characters become question marks on the way, so names may meet.
        name = clean_text(wanted.name)
        if name in taken:
            text = _("Two properties are called “{name}”. Give one of them another name.")
            yield _about(wanted, "duplicate_name", text.format(name=name))
        taken.add(name)


def _of_property(wanted: Property, known: Columns, *, of_profile: bool) -> Iterator[MappingProblem]:
    column = known.get(wanted.column)
    yield from _usable(f"property:{wanted.column}", wanted.column, column)
    if problem := property_name_problem(clean_text(wanted.name), of_profile=of_profile):
        yield _about(wanted, *problem)
    if wanted.type not in PROPERTY_TYPES:
        text = _("Choose a type for “{name}”.")
        yield _about(wanted, "type_unknown", text.format(name=wanted.name))
    elif column and not column.is_nested:
        yield from _of_type(wanted, column)
    if of_profile:
        yield from _of_system_property(wanted)


def _of_type(wanted: Property, column: Column) -> Iterator[MappingProblem]:
    types = property_types(column)
    if wanted.type not in types:
        text = _IMPOSSIBLE[wanted.type]
        message = text.format(column_type=column.type, choose=_CHOOSE[types])
        yield _about(wanted, "type_impossible", message)
    elif wanted.type == DATE_TYPE and wanted.format not in date_formats(column):
        yield _about(wanted, "date_format", _no_format(column))


def _of_system_property(wanted: Property) -> Iterator[MappingProblem]:
    if wanted.name.startswith(FLAG_PREFIX) and wanted.type != BOOLEAN:
        text = _("“{name}” is a yes or a no. Choose the type Boolean.")
        yield _about(wanted, "type_of_system_property", text.format(name=wanted.name))
    if wanted.name in TEXT_PROPERTIES and wanted.type != STRING:
        text = _("“{name}” is a text. Choose the type String.")
        yield _about(wanted, "type_of_system_property", text.format(name=wanted.name))


def _usable(where: str, name: str, column: Column | None) -> Iterator[MappingProblem]:
    if column is None:
        text = _("There is no column “{name}”. Choose one that the table or query has.")
        yield MappingProblem(where, "column_unknown", text.format(name=name))
    elif why_not := why_not_mappable(column):
        yield MappingProblem(where, "column_nested", why_not)


def _about(wanted: Property, code: str, message: str) -> MappingProblem:
    return MappingProblem(f"property:{wanted.column}", code, message)


def _no_format(column: Column) -> str:
    if date_formats(column):
        text = _("Choose the format in which “{name}” holds its dates.")
    else:
        text = _(
            "A column of type {column_type} holds no dates. Choose another one, or another type."
        )
    return _of_type_in(text, column)


def _of_type_in(text: str, column: Column) -> str:
    return text.format(name=column.name, column_type=column.type)
