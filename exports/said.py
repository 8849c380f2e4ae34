"""What an export is set to, in the words of its form: for the log of what somebody has changed."""

from __future__ import annotations

from typing import Any

from clevertap_partners.core.timing import clock
from exports.models import Export
from exports.pipeline.encode.base import EncodeOptions
from exports.ranges import DayRange
from exports.selectors import encode_options

Said = dict[str, Any]


def settings_said(export: Export) -> Said:
    return {
        "Bucket": f"{export.bucket_nickname} ({export.bucket_name})",
        "Type": Export.Type(export.type).label,
        "Events": export.event_names,
        "Frequency": Export.Frequency(export.frequency).label,
        **_times(export),
        "Format": export.format,
        **_options(encode_options(export)),
        "Manifest": bool(export.options.get("manifest")),
    }


def _times(export: Export) -> Said:
    start, zone = export.starts_at, export.account.zone
    if export.is_recurring:
        return {
            "Every": f"{export.interval_hours} hours",
            "Start": clock(start, zone) if start else "",
        }
    days = export.first_day and DayRange(export.first_day, export.last_day or export.first_day)
    return {"Days": days}


def _options(chosen: EncodeOptions) -> Said:
    return {
        "Identity": chosen.identifiers,
        "CleverTap ID": chosen.clevertap_id,
        "First line": "event name" if chosen.event_name_line else "record",
        "Values as strings": chosen.values_as_strings,
        "Formula guard": chosen.formula_guard,
        "Compression": chosen.compress,
    }
