"""What an import is set to, in the words of its wizard: for the log of what somebody has changed.

A draft may not have come far: whatever it lacks is left out. The log is kept in English, whoever
has changed something.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from clevertap_partners.core.english import in_english
from imports.mapping import OBJECT_ID
from imports.models import Import
from imports.schedule_words import in_words

Said = dict[str, Any]


@in_english()
def settings_said(item: Import) -> Said:
    is_table = item.source == Import.Source.TABLE
    return {
        _("Nickname"): item.nickname,
        _("Connection"): item.connection_name,
        _("Source"): _("Table {table}").format(table=item.table) if is_table else "SQL",
        "SQL": "" if is_table else item.sql,
        _("Imported as"): str(Import.Kind(item.kind).label) if item.kind else "",
        **_mapping(item.mapping),
        _("Schedule"): in_words(item.frequency, item.schedule) if item.schedule else "",
    }


def _mapping(mapping: dict[str, Any]) -> Said:
    if not mapping:
        return {}
    is_object_id = mapping.get("identity_as") == OBJECT_ID
    return {
        _("CleverTap ID from") if is_object_id else _("Identity from"): mapping.get(
            "identity_column"
        ),
        _("Updated On"): _with(mapping.get("cursor_column"), mapping.get("cursor_kind")),
        _("Created On"): _with(mapping.get("created_on_column"), mapping.get("created_on_format")),
        _("Event name"): mapping.get("event_name"),
        _("Event name from"): mapping.get("event_name_column"),
        **{
            _("Column {column}").format(column=each["column"]): _property(each)
            for each in mapping.get("properties", ())
        },
    }


def _property(each: dict[str, Any]) -> str:
    return _with(each["name"], ", ".join(filter(None, (each["type"], each.get("format")))))


def _with(name: str | None, detail: str | None) -> str:
    return f"{name} ({detail})" if name and detail else name or ""
