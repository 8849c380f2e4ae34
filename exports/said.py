"""What an export is set to, in the words of its form: for the log of what somebody has changed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from clevertap_partners.core.english import in_english
from clevertap_partners.core.timing import clock
from exports.models import Export
from exports.pipeline.encode.base import EncodeOptions
from exports.ranges import DayRange
from exports.selectors import encode_options

Said = dict[str, Any]


def settings_said(export: Export) -> Said:
    """In English, as all that is kept; it is translated where it is shown."""
    with in_english():
        return _said(export)


def _said(export: Export) -> Said:
    return {
        _("Bucket"): f"{export.bucket_nickname} ({export.bucket_name})",
        _("Type"): str(Export.Type(export.type).label),
        _("Events"): export.event_names,
        _("Frequency"): str(Export.Frequency(export.frequency).label),
        **_times(export),
        _("Format"): export.format,
        **_options(encode_options(export)),
        _("Manifest"): bool(export.options.get("manifest")),
    }


def _times(export: Export) -> Said:
    start, zone = export.starts_at, export.account.zone
    if export.is_recurring:
        return {
            _("Every"): f"{export.interval_hours} hours",
            _("Start"): clock(start, zone) if start else "",
        }
    days = export.first_day and DayRange(export.first_day, export.last_day or export.first_day)
    return {_("Days"): str(days) if days else ""}


def _options(chosen: EncodeOptions) -> Said:
    return {
        _("Identity"): chosen.identifiers,
        _("CleverTap ID"): chosen.clevertap_id,
        _("First line"): _("event name") if chosen.event_name_line else _("record"),
        _("Values as strings"): chosen.values_as_strings,
        _("Formula guard"): chosen.formula_guard,
        _("Compression"): chosen.compress,
    }
