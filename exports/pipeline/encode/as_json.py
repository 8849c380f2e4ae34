"""[pure] JSON: one compact object a line, keys in a fixed order, absent keys left out.

The lake holds canonical JSON text, so a line is a concatenation: nothing is parsed, nothing is
written per row in Python. `concat` skips nulls, and a null column makes its whole part null.
"""

from __future__ import annotations

import json
from typing import BinaryIO

from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.wanted import literal
from exports.pipeline.encode import profiles, sql
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.encode.lines import LinesBody, lines_body
from exports.pipeline.records import ProfileRecords, Records


class JsonEncoder:
    """Lines of JSON; for events after the event's name as first line or with it in each object."""

    def __init__(self, options: EncodeOptions, records: Records) -> None:
        self._options = options
        self._records = records

    def queries(self) -> list[Query]:
        if isinstance(self._records, ProfileRecords):
            fields = profiles.profile_fields(self._records, self._options)
            return [Query(_profile_steps(fields))]
        return [Query([f"{sql.concat(self._event_parts())} AS line"])]

    def body(self, file: BinaryIO, *, event_name: str, max_bytes: int) -> LinesBody:
        header = b""
        if event_name and self._options.event_name_line:
            header = f"{one_line(event_name)}\n".encode()
        return lines_body(file, self._options, max_bytes=max_bytes, header=header)

    def _event_parts(self) -> list[str]:
        name = ["""'{"eventName":'""", "to_json(event_name)", """',"profile":'"""]
        return [
            *(["""'{"profile":'"""] if self._options.event_name_line else name),
            profile_json(self._options),
            """',"ts":'""",
            "ts",
            """',"deviceInfo":' || device_info""",
            """',"controlGroupName":' || to_json(control_group_name)""",
            """',"eventProps":'""",
            self._properties("event_props"),
            f"""',"sessionProps":' || {self._properties("session_props")}""",
            r"""'}' || chr(10)""",
        ]

    def _properties(self, column: str) -> str:
        return _texts_only(column) if self._options.values_as_strings else column


def one_line(event_name: str) -> str:
    """The name as it is, but for line breaks: the first line must be one line."""
    return event_name.replace("\r", " ").replace("\n", " ")


def profile_json(options: EncodeOptions) -> str:
    """SQL for the profile object, as stored or with identity and CleverTap ID as asked for."""
    if options.identifiers == ("identity",) and not options.clevertap_id:
        return "profile"
    rest = """nullif(substr(json_merge_patch(profile, '{"identity":null}'), 2), '}')"""
    pairs = [f"""'"identity":' || to_json({sql.event_identity(options.identifiers)})"""]
    if options.clevertap_id:
        pairs.append("""'"objectId":' || to_json(nullif(object_id, ''))""")
    known = f"concat_ws(',', {', '.join(pairs)})"
    return (
        f"""concat('{{', {known}, CASE WHEN {known} <> '' AND {rest} IS NOT NULL THEN ',' END, """
        f"""coalesce({rest}, '}}'))"""
    )


def _texts_only(column: str) -> str:
    """The object with the text of each value, in the object's own order; null for null."""
    pairs = (
        f"list_transform(list_zip(json_keys({column}), json_extract_string({column}, '$.*')), "
        "lambda pair: concat(to_json(pair[1]), ':', to_json(pair[2])))"
    )
    return f"if({column} IS NULL, NULL, concat('{{', array_to_string({pairs}, ','), '}}'))"


def _profile_steps(fields: profiles.ProfileFields) -> list[str]:
    parts = [f"{literal(_key(field.name))} || {field.json}" for field in fields.all]
    return [
        fields.source,
        f"concat('{{', concat_ws(',', {', '.join(parts)}), '}}', chr(10)) AS line",
    ]


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) + ":"
