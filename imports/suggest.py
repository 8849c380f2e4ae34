"""[pure] What a column can become, and what it most likely should."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from clevertap_partners.core.marking import gettext_noop as _
from clevertap_partners.eventstore.canonical import MAX_PROPERTIES
from clevertap_partners.eventstore.jsontext import clean_text
from imports.mapping import (
    BOOLEAN,
    DATE,
    DATE_FORMATS,
    DATE_TYPE,
    EPOCH_MS,
    EPOCH_S,
    EVENTS,
    FLOAT,
    INTEGER,
    LONG,
    NATIVE,
    PROFILES,
    STRING,
    TIMESTAMP,
    Mapping,
    Property,
)
from imports.names import (
    BANNED_CHARACTERS,
    FLAG_PREFIX,
    TEXT_PROPERTIES,
    property_name_problem,
)
from integrations.warehouse import Column

_WHOLE = (LONG, INTEGER, FLOAT, STRING, BOOLEAN, DATE_TYPE)
_FRACTION = (FLOAT, INTEGER, LONG, STRING, DATE_TYPE)
_MOMENT = (DATE_TYPE, STRING)
# What a column's values can be read as, the likeliest first; of other columns only their text.
_TYPES = {
    "STRING": (STRING, INTEGER, FLOAT, LONG, BOOLEAN, DATE_TYPE),
    "INT64": _WHOLE,
    "FLOAT64": _FRACTION,
    "NUMERIC": _FRACTION,
    "BIGNUMERIC": _FRACTION,
    "BOOL": (BOOLEAN, STRING),
    "DATE": _MOMENT,
    "DATETIME": _MOMENT,
    "TIMESTAMP": _MOMENT,
}
_MOMENTS = frozenset({"DATE", "DATETIME", "TIMESTAMP"})
_NUMBERS = frozenset({"INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC"})
_EPOCHS = (EPOCH_S, EPOCH_MS)
_TEXT_FORMATS = tuple(form for form in DATE_FORMATS if form not in {NATIVE, *_EPOCHS})
_CURSORS = {
    "INT64": _EPOCHS,
    "NUMERIC": _EPOCHS,
    "DATE": (DATE,),
    "DATETIME": (TIMESTAMP,),
    "TIMESTAMP": (TIMESTAMP,),
}
# Types whose values tell people apart.
IDENTITY_TYPES = frozenset({"STRING", "INT64", "NUMERIC", "BIGNUMERIC"})
EVENT_NAME_TYPES = frozenset({"STRING"})

# Names that columns have for it, the likeliest first; without case and signs.
_IDENTITY_NAMES = (
    *("identity", "userid", "customerid", "useridentity", "memberid", "clientid", "accountid"),
    *("uid", "email", "phone", "id"),
)
_CURSOR_NAMES = (
    *("updatedat", "updatedon", "modifiedat", "modifiedon", "lastupdated", "lastmodified"),
    *("updated", "modified", "updatetime", "ingestedat", "insertedat"),
)
_CREATED_NAMES = (
    *("eventtime", "eventts", "eventtimestamp", "occurredat", "createdat", "createdon", "created"),
    *("orderedat", "orderdate", "timestamp", "ts", "time", "date"),
)
_EVENT_NAMES = ("eventname", "eventtype", "event")
# What the platform calls these of a person.
_SYSTEM_NAMES = {
    **dict.fromkeys(("name", "fullname", "username", "customername"), "Name"),
    **dict.fromkeys(("email", "emailaddress", "mail"), "Email"),
    **dict.fromkeys(("phone", "phonenumber", "mobile", "mobilenumber", "telephone"), "Phone"),
    **dict.fromkeys(("gender", "sex"), "Gender"),
    **dict.fromkeys(("dob", "birthday", "birthdate", "dateofbirth"), "DOB"),
    **dict.fromkeys(("photo", "photourl", "avatar", "avatarurl", "picture"), "Photo"),
}
_FLAGS = {
    **dict.fromkeys(("msgemail", "emailoptin"), "MSG-email"),
    **dict.fromkeys(("msgsms", "smsoptin"), "MSG-sms"),
    **dict.fromkeys(("msgpush", "pushoptin"), "MSG-push"),
    **dict.fromkeys(("msgwhatsapp", "whatsappoptin"), "MSG-whatsapp"),
}
_SIGNS = re.compile(r"[\W_]+")


def property_types(column: Column) -> tuple[str, ...]:
    """The types that a property of this column can have, the likeliest first."""
    return () if column.is_nested else _TYPES.get(column.type, (STRING,))


def date_formats(column: Column) -> tuple[str, ...]:
    """The formats in which this column can hold moments; none when it cannot."""
    if column.is_nested:
        return ()
    if column.type in _MOMENTS:
        return (NATIVE,)
    if column.type in _NUMBERS:
        return _EPOCHS
    return (*_TEXT_FORMATS, *_EPOCHS) if column.type == "STRING" else ()


def cursor_kinds(column: Column) -> tuple[str, ...]:
    """How this column can count as Updated On; not at all when empty."""
    return () if column.is_nested else _CURSORS.get(column.type, ())


def why_not_mappable(column: Column) -> str:
    """Why the column can be nothing, and the SQL to write instead; empty when it can."""
    if column.is_repeated:
        text = _(
            "“{name}” is a list. Choose SQL as the source and write "
            "TO_JSON_STRING(`{name}`) AS `{name}` to import it as text."
        )
    elif column.type == "STRUCT":
        text = _(
            "“{name}” has columns inside. Choose SQL as the source and name each one, "
            "as in `{name}`.city AS city, or write TO_JSON_STRING(`{name}`) AS `{name}`."
        )
    elif column.type == "RANGE":
        text = _(
            "“{name}” is a range. Choose SQL as the source and write "
            "RANGE_START(`{name}`) AS begins, RANGE_END(`{name}`) AS ends."
        )
    else:
        return ""
    return text.format(name=column.name)


def suggested_mapping(kind: str, columns: Sequence[Column]) -> Mapping:
    """What somebody with these columns most likely wants; what is unclear is left open."""
    usable = [column for column in columns if not why_not_mappable(column)]
    identity = _by_name(_IDENTITY_NAMES, [each for each in usable if each.type in IDENTITY_TYPES])
    cursor = _by_name(_CURSOR_NAMES, [each for each in usable if cursor_kinds(each)])
    created, named = None, None
    if kind == EVENTS:
        moments = [each for each in usable if each.type in _MOMENTS]
        created = _by_name(_CREATED_NAMES, moments)
        named = _by_name(_EVENT_NAMES, [each for each in usable if each.type in EVENT_NAME_TYPES])
    taken = {each.name for each in (identity, cursor, created, named) if each}
    return Mapping(
        kind=kind,
        identity_column=identity.name if identity else "",
        cursor_column=cursor.name if cursor else "",
        cursor_kind=cursor_kinds(cursor)[0] if cursor else "",
        created_on_column=created.name if created else "",
        created_on_format=date_formats(created)[0] if created else "",
        event_name_column=named.name if named else "",
        properties=tuple(_properties(kind, (each for each in usable if each.name not in taken))),
    )


def _by_name(names: Iterable[str], columns: Sequence[Column]) -> Column | None:
    known: dict[str, Column] = {}
    for column in columns:
        known.setdefault(_bare(column.name), column)
    return next((known[name] for name in names if name in known), None)


def _bare(name: str) -> str:
    return _SIGNS.sub("", name).casefold()


def _properties(kind: str, columns: Iterable[Column]) -> list[Property]:
    found: dict[str, Property] = {}
    for column in columns:
        name = _property_name(kind, column)
        # As the rules compare them: control characters are question marks by then.
        clean = clean_text(name)
        if clean in found or property_name_problem(clean, of_profile=kind == PROFILES):
            continue
        type_ = _property_type(kind, name, column)
        if type_:
            form = date_formats(column)[0] if type_ == DATE_TYPE else ""
            found[clean] = Property(column.name, name, type_, form)
    return list(found.values())[:MAX_PROPERTIES]


def _property_type(kind: str, name: str, column: Column) -> str:
    """The likeliest type; empty when the platform wants another one than the column can have."""
    types = property_types(column)
    if kind == PROFILES and name.startswith(FLAG_PREFIX):
        return BOOLEAN if BOOLEAN in types else ""
    if kind == PROFILES and name in TEXT_PROPERTIES:
        return STRING
    return types[0]


def _property_name(kind: str, column: Column) -> str:
    bare = _bare(column.name)
    types = property_types(column)
    if kind == PROFILES:
        if bare in _FLAGS and BOOLEAN in types:
            return _FLAGS[bare]
        if bare in _SYSTEM_NAMES:
            return _SYSTEM_NAMES[bare]
    return "".join("_" if sign in BANNED_CHARACTERS else sign for sign in column.name).strip()
