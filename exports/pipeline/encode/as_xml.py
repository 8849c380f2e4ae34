"""[pure] XML 1.0: an element a record, properties as entries of key and value.

The JSON texts are escaped as a whole before anything is taken out of them: `&`, `<` and `>` only
stand inside their strings, so a value comes out escaped, also one that is JSON itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import BinaryIO

from clevertap_partners.eventstore.memo import Memo
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.schema import EventSchema, PropertySchema
from clevertap_partners.eventstore.wanted import literal
from exports.pipeline.encode import profiles, sql
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.encode.lines import LinesBody, lines_body
from exports.pipeline.records import ProfileRecords, Records

# Properties of one event beyond which the engine needs too much memory for an expression of each.
MANY = 300
HEADER = b'<?xml version="1.0" encoding="UTF-8"?>\n<root>\n'
FOOTER = b"</root>\n"
# Parsers read a carriage return as a line feed unless it is written so; XML has no way at all to
# write the last two characters of Unicode's first plane.
_LAST = {"\r": "&#13;", "\ufffe": "\ufffd", "\uffff": "\ufffd"}


class XmlEncoder:
    """One `<Event>` or `<Profile>` a line."""

    def __init__(self, options: EncodeOptions, records: Records) -> None:
        self._options = options
        self._records = records

    def queries(self) -> list[Query]:
        last = f"{_carried('line')} AS line"
        if isinstance(self._records, ProfileRecords):
            return [Query([*_profile_steps(self._records, self._options), last])]
        return [
            Query(
                [*_event_steps(group, self._options), last],
                [_DEVICE],
                sql.ends(group),
                sql.most(group),
            )
            for group in sql.groups(self._records.schemas)
        ]

    def body(self, file: BinaryIO, *, event_name: str, max_bytes: int) -> LinesBody:
        return lines_body(file, self._options, max_bytes=max_bytes, header=HEADER, footer=FOOTER)


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped(text: str) -> str:
    """SQL for `escape`. Most texts need none, and looking is cheaper than replacing."""
    needed = " OR ".join(f"contains({text}, '{mark}')" for mark in "&<>")
    replaced = f"replace(replace(replace({text}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    return f"CASE WHEN {needed} THEN {replaced} ELSE {text} END"


def _carried(line: str) -> str:
    """SQL for a line whose last awkward characters are written so that a parser keeps them."""
    replaced = line
    for character, instead in _LAST.items():
        replaced = f"replace({replaced}, {_code(character)}, '{instead}')"
    needed = " OR ".join(f"contains({line}, {_code(character)})" for character in _LAST)
    return f"CASE WHEN {needed} THEN {replaced} ELSE {line} END"


def _code(character: str) -> str:
    return f"chr({ord(character)})"


def _event_steps(schemas: Mapping[str, EventSchema], options: EncodeOptions) -> list[str]:
    event = {name: schema.event_props for name, schema in schemas.items()}
    session = {name: schema.session_props for name, schema in schemas.items()}
    return [
        ", ".join(f"{_escaped(text)} AS {name}" for name, text in _columns(options).items())
        + ", device_info",
        f"""{sql.texts_at("profile", sql.PROFILE_POINTERS)} AS profile_values,
        {_by_event(event, _values, "event_props")} AS event_values,
        {_by_event(session, _values, "session_props")} AS session_values,
        identity, object_id, device_xml(device_info) AS device_info, control_group_name,
        event_props, session_props""",
        f"""{sql.concat(_profile_parts(options))} AS profile,
        device_info,
        {_by_event(event, _entries, "eventProps", "event_props", "event_values")} AS event_props,
        {_by_event(session, _entries, "sessionProps", "session_props", "session_values")}
        AS session_props, control_group_name""",
        f"{sql.concat(_EVENT_PARTS)} AS line",
    ]


def _columns(options: EncodeOptions) -> dict[str, str]:
    same = ("profile", "control_group_name", "event_props", "session_props")
    return {
        "identity": sql.event_identity(options.identifiers),
        "object_id": "nullif(object_id, '')" if options.clevertap_id else "NULL::VARCHAR",
        **{name: name for name in same},
    }


def _by_event(
    properties: Mapping[str, Sequence[PropertySchema]],
    expression: Callable[..., str],
    *arguments: str,
) -> str:
    return sql.by_event({name: expression(of, *arguments) for name, of in properties.items()})


def _values(properties: Sequence[PropertySchema], column: str) -> str:
    if not properties or len(properties) > MANY:
        return "NULL::VARCHAR[]"
    return sql.texts_at(column, [sql.pointer(escape(known.name)) for known in properties])


def _entries(properties: Sequence[PropertySchema], tag: str, column: str, values: str) -> str:
    """The element of the properties: empty for an empty object, null for null."""
    if not properties:
        return f"if({column} IS NULL, NULL, '<{tag}/>')"
    if len(properties) > MANY:
        return _any_entries(tag, column)
    keys = [escape(known.name) for known in properties]
    all_there = " AND ".join(f"{values}[{number}] IS NOT NULL" for number in _numbers(keys))
    return f"""CASE WHEN {column} IS NULL THEN NULL WHEN {column} = '{{}}' THEN '<{tag}/>'
        WHEN {all_there} THEN {sql.concat(_all_entries(keys, tag, values))}
        ELSE {sql.concat(_some_entries(keys, tag, values))} END"""


def _any_entries(tag: str, column: str) -> str:
    """Whatever an object holds: slower, but an expression that does not grow."""
    pairs = f"list_zip(json_keys({column}), json_extract_string({column}, '$.*'))"
    entry = "concat('<entry><key>', one[1], '</key><value>', one[2], '</value></entry>')"
    entries = f"array_to_string(list_transform({pairs}, lambda one: {entry}), '')"
    return f"""CASE WHEN {column} IS NULL THEN NULL WHEN {column} = '{{}}' THEN '<{tag}/>'
        ELSE concat('<{tag}>', {entries}, '</{tag}>') END"""


def _all_entries(keys: Sequence[str], tag: str, values: str) -> Iterable[str]:
    """Without a question for each value; where no property is missing this is twice as fast."""
    between = f"<{tag}>"
    for number, key in enumerate(keys, 1):
        yield literal(f"{between}<entry><key>{key}</key><value>")
        yield f"{values}[{number}]"
        between = "</value></entry>"
    yield f"'</value></entry></{tag}>'"


def _some_entries(keys: Sequence[str], tag: str, values: str) -> Iterable[str]:
    yield f"'<{tag}>'"
    for number, key in enumerate(keys, 1):
        start = f"<entry><key>{key}</key><value>"
        yield _around(start, f"{values}[{number}]", "</value></entry>")
    yield f"'</{tag}>'"


def _numbers(keys: Sequence[str]) -> range:
    return range(1, len(keys) + 1)


def _around(start: str, value: str, end: str) -> str:
    return f"if({value} IS NULL, NULL, concat({literal(start)}, {value}, '{end}'))"


def _element(tag: str, value: str) -> str:
    return _around(f"<{tag}>", value, f"</{tag}>")


def _identities(listed: str) -> str:
    """An element for each text of a JSON list."""
    tag = "all_identities"
    texts = f"""array_to_string(from_json({listed}, '["VARCHAR"]'), '</{tag}><{tag}>')"""
    return _element(tag, texts)


def _profile_parts(options: EncodeOptions) -> list[str]:
    def of(key: str) -> str:
        return sql.item("profile_values", sql.PROFILE_POINTERS, f"/{key}")

    return [
        _element("identity", "identity"),
        *([_element("objectId", "object_id")] if options.clevertap_id else []),
        _identities(of("all_identities")),
        *(_element(key, of(key)) for key in sql.PROFILE_TEXTS),
    ]


def _device_parts(values: str) -> list[str]:
    def of(key: str) -> str:
        return sql.item(values, sql.DEVICE_POINTERS, f"/{key}")

    sizes = sql.concat(_element(key, of(f"dimensions/{key}")) for key in sql.DIMENSIONS)
    texts = [_element(key, of(key)) for key in (*sql.DEVICE_TEXTS, "dpi")]
    return [
        "'<deviceInfo>'",
        *texts,
        _element("dimensions", f"nullif({sizes}, '')"),
        "'</deviceInfo>'",
    ]


_DEVICE = Memo(
    "device_xml",
    "device_info",
    sql.let(
        "one",
        sql.texts_at(_escaped("value"), sql.DEVICE_POINTERS),
        sql.concat(_device_parts("one")),
    ),
)

_EVENT_PARTS = (
    "'<Event><ts>'",
    "ts",
    "'</ts><eventName>'",
    _escaped("event_name"),
    "'</eventName>'",
    "if(profile = '', '<profile/>', concat('<profile>', profile, '</profile>'))",
    "coalesce(device_info, '<deviceInfo/>')",
    _element("controlGroupName", "control_group_name"),
    "event_props",
    "session_props",
    "'</Event>' || chr(10)",
)


def _profile_steps(records: ProfileRecords, options: EncodeOptions) -> list[str]:
    fields = profiles.profile_fields(records, options, escaped=_escaped, escape=escape)
    person = [
        _identities(field.text)
        if field.name == "all_identities"
        else _element(field.name, field.text)
        for field in fields.person
    ]
    parts = [
        "'<Profile>'",
        *person,
        _profile_entries("commPrefs", fields.flags),
        *(_element(field.name, field.text) for field in fields.times),
        _profile_entries("profileProps", fields.properties),
        "'</Profile>' || chr(10)",
    ]
    line = sql.concat(parts)
    return [fields.source, f"{line} AS line"]


def _profile_entries(tag: str, fields: Sequence[profiles.ProfileField]) -> str:
    entries = [
        _around(f"<entry><key>{escape(field.name)}</key><value>", field.text, "</value></entry>")
        for field in fields
    ]
    if not entries:
        return f"'<{tag}/>'"
    inside = sql.concat(entries)
    return f"concat('<{tag}>', {inside}, '</{tag}>')"
