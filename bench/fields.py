"""The fields of the benchmark's events, as every contender knows them beforehand.

Ours knows them from the event catalogue; the others are told, so that nobody has to find out.
"""

from __future__ import annotations

import json
from typing import Any

# Kinds: text, texts (a list), float, integer, boolean, or the fields of an inner object.
PROFILE: dict[str, Any] = {
    "identity": "text",
    "all_identities": "texts",
    "platform": "text",
    "phone": "text",
    "name": "text",
    "email": "text",
    "push_token": "text",
}
DIMENSIONS: dict[str, Any] = {"width": "float", "height": "float", "unit": "text"}
DEVICE: dict[str, Any] = {
    "make": "text",
    "model": "text",
    "appVersion": "text",
    "sdkVersion": "text",
    "osVersion": "text",
    "browser": "text",
    "dpi": "float",
    "dimensions": DIMENSIONS,
}
EVENT: dict[str, Any] = {
    "Brand": "text",
    "CT App Version": "text",
    "CT Latitude": "float",
    "CT Source": "text",
    "Category": "text",
    "Colour": "text",
    "In stock": "boolean",
    "Price": "float",
    "Product name": "text",
    "Quantity": "integer",
}
SESSION: dict[str, Any] = {"utm_source": "text"}

# The lake's column, the name in files, and what is inside.
OBJECTS = (
    ("profile", "profile", PROFILE),
    ("device_info", "deviceInfo", DEVICE),
    ("event_props", "eventProps", EVENT),
    ("session_props", "sessionProps", SESSION),
)
LAKE_COLUMNS = [
    "ts",
    "event_time",
    "event_name",
    "profile",
    "device_info",
    "control_group_name",
    "event_props",
    "session_props",
]

_DUCKDB = {
    "text": "VARCHAR",
    "texts": ["VARCHAR"],
    "float": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}


def duckdb_structure(fields: dict[str, Any]) -> str:
    """What DuckDB's json_transform wants to be told."""
    return json.dumps(_structure(fields))


def _structure(kind: Any) -> Any:
    if isinstance(kind, dict):
        return {name: _structure(inner) for name, inner in kind.items()}
    return _DUCKDB[kind]
