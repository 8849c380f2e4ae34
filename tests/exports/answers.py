"""What a person fills into the export form, as a browser sends it."""

from __future__ import annotations

from typing import Any

from integrations.models import Connection


def answers(connection: Connection, **changes: Any) -> dict[str, Any]:
    """All events of yesterday as JSON; a change to None is a field that is not sent."""
    data = {
        "bucket": connection.pk,
        "type": "all_events",
        "frequency": "once",
        "range": "yesterday",
        "format": "json",
        "first_line": "event_name",
        "identifier_1": "identity",
        "manifest": "on",
        **changes,
    }
    return {name: value for name, value in data.items() if value is not None}
