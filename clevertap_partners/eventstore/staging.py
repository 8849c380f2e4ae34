"""[pure] Files that are written before the commit that names them: how they are kept in between."""

from __future__ import annotations

from typing import Any

from deltalake.transaction import AddAction


def as_json(action: AddAction) -> dict[str, Any]:
    return {
        "path": action.path,
        "size": action.size,
        "partition_values": dict(action.partition_values),
        "modification_time": action.modification_time,
        "stats": action.stats,
    }


def from_json(stored: dict[str, Any]) -> AddAction:
    """Raises KeyError or TypeError for what `as_json` has not written."""
    return AddAction(**stored, data_change=True)
