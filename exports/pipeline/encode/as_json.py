"""[pure] JSON: one compact object a line, keys in a fixed order, absent keys left out.

The lake holds canonical JSON text, so a line is a concatenation: nothing is parsed, nothing is
written per row in Python. `concat` skips nulls, and a null column makes its whole part null.
"""

from __future__ import annotations

from typing import BinaryIO

from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.encode.lines import LinesBody


class JsonEncoder:
    """Lines of JSON, after the event's name as first line or with it in each object."""

    def __init__(self, options: EncodeOptions) -> None:
        self._options = options

    def projection(self) -> str:
        return f"concat({', '.join(self._parts())}) AS line"

    def body(self, file: BinaryIO, *, event_name: str, max_bytes: int) -> LinesBody:
        header = f"{one_line(event_name)}\n".encode() if self._options.event_name_line else b""
        return LinesBody(file, max_bytes=max_bytes, header=header)

    def _parts(self) -> list[str]:
        start = "{" if self._options.event_name_line else '{"eventName":'
        name = [] if self._options.event_name_line else ["to_json(event_name)", "','"]
        return [
            f"'{start}'",
            *name,
            """'"profile":'""",
            profile_json(self._options),
            """',"ts":'""",
            "ts",
            """',"deviceInfo":' || device_info""",
            """',"controlGroupName":' || to_json(control_group_name)""",
            """',"eventProps":'""",
            "event_props",
            """',"sessionProps":' || session_props""",
            r"""'}' || chr(10)""",
        ]


def one_line(event_name: str) -> str:
    """The name as it is, but for line breaks: the first line must be one line."""
    return event_name.replace("\r", " ").replace("\n", " ")


def profile_json(options: EncodeOptions) -> str:
    """SQL for the profile object, as stored or with identity and CleverTap ID as asked for."""
    if options == EncodeOptions(event_name_line=options.event_name_line):
        return "profile"
    rest = """nullif(substr(json_merge_patch(profile, '{"identity":null}'), 2), '}')"""
    pairs = [f"""'"identity":' || to_json({identity(options.identifiers)})"""]
    if options.clevertap_id:
        pairs.append("""'"objectId":' || to_json(nullif(object_id, ''))""")
    known = f"concat_ws(',', {', '.join(pairs)})"
    return (
        f"""concat('{{', {known}, CASE WHEN {known} <> '' AND {rest} IS NOT NULL THEN ',' END, """
        f"""coalesce({rest}, '}}'))"""
    )


def identity(identifiers: tuple[str, ...]) -> str:
    """SQL for the first identifier that is not empty; null when all are."""
    columns = {
        "identity": "identity",
        "email": "json_extract_string(profile, '$.email')",
        "phone": "json_extract_string(profile, '$.phone')",
    }
    known = ", ".join(f"nullif({columns[key]}, '')" for key in identifiers)
    return f"coalesce({known})"
