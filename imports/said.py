"""What an import is set to, in the words of its wizard: for the log of what somebody has changed.

A draft may not have come far: whatever it lacks is left out.
"""

from __future__ import annotations

from typing import Any

from imports.mapping import OBJECT_ID
from imports.models import Import
from imports.schedule import in_words

Said = dict[str, Any]


def settings_said(item: Import) -> Said:
    return {
        "Nickname": item.nickname,
        "Connection": item.connection_name,
        "Source": f"Table {item.table}" if item.source == Import.Source.TABLE else "SQL",
        "SQL": item.sql if item.source == Import.Source.SQL else "",
        "Imported as": Import.Kind(item.kind).label if item.kind else "",
        **_mapping(item.mapping),
        "Schedule": in_words(item.frequency, item.schedule) if item.schedule else "",
    }


def _mapping(mapping: dict[str, Any]) -> Said:
    if not mapping:
        return {}
    is_object_id = mapping.get("identity_as") == OBJECT_ID
    return {
        "CleverTap ID from" if is_object_id else "Identity from": mapping.get("identity_column"),
        "Updated On": _with(mapping.get("cursor_column"), mapping.get("cursor_kind")),
        "Created On": _with(mapping.get("created_on_column"), mapping.get("created_on_format")),
        "Event name": mapping.get("event_name"),
        "Event name from": mapping.get("event_name_column"),
        **{f"Column {each['column']}": _property(each) for each in mapping.get("properties", ())},
    }


def _property(each: dict[str, Any]) -> str:
    return _with(each["name"], ", ".join(filter(None, (each["type"], each.get("format")))))


def _with(name: str | None, detail: str | None) -> str:
    return f"{name} ({detail})" if name and detail else name or ""
