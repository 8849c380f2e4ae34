"""Words of the export screens."""

from __future__ import annotations

import datetime
import zoneinfo

from django import forms, template
from django.template.defaultfilters import pluralize
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from clevertap_partners.core.templatetags.ui import at_near_clock, number, size
from exports import delivered
from exports.estimates import Estimate
from exports.models import Export, ExportRun
from exports.options import options_of
from exports.pipeline.encode import FORMATS
from exports.ranges import DayRange
from exports.restarts import RESTARTABLE
from exports.selectors import connection_in_use as in_use
from exports.selectors import encode_options
from integrations.models import Connection

register = template.Library()


@register.filter
def type_label(key: str) -> str:
    return str(Export.Type(key).label)


@register.filter
def frequency_label(export: Export) -> str:
    if export.interval_hours:
        return f"Every {export.interval_hours} hours"
    return str(Export.Frequency(export.frequency).label)


@register.filter
def connection_in_use(export: Export) -> Connection | None:
    return in_use(export)


@register.filter
def is_restartable(code: str) -> bool:
    """Whether the run that met this failure can only begin anew."""
    return code in RESTARTABLE


@register.filter
def manifest_of(run: ExportRun, export: Export) -> str:
    return delivered.manifest_name(run, export)


@register.filter
def run_time(run_timestamp: int | None, zone: zoneinfo.ZoneInfo) -> str:
    """When the run began that its timestamp names."""
    if run_timestamp is None:
        return ""
    return at_near_clock(datetime.datetime.fromtimestamp(run_timestamp, datetime.UTC), zone)


@register.filter
def amount(estimate: Estimate) -> SafeString:
    """About how many records, files and bytes."""
    kind = "profile" if estimate.bytes is None else "event"
    said = format_html(
        "About <strong>{}</strong> {}{} in <strong>{}</strong> file{}",
        number(estimate.rows),
        kind,
        pluralize(estimate.rows),
        number(estimate.files),
        pluralize(estimate.files),
    )
    if estimate.bytes is None:
        return said
    return format_html("{}, <strong>{}</strong>", said, size(estimate.bytes))


@register.filter
def format_label(key: str) -> str:
    """The name of a format; of one that is no longer registered, its key."""
    return FORMATS[key].label if key in FORMATS else key.upper()


@register.filter
def days(export: Export) -> str:
    """Which days of events; people have none."""
    if export.first_day is None:
        return "Everybody"
    if export.last_day is None:
        return f"From {export.first_day:%-d %b %Y}"
    return str(DayRange(export.first_day, export.last_day))


@register.filter
def packing(export: Export) -> str:
    """How its files are compressed; empty when they are not."""
    if export.format in FORMATS and FORMATS[export.format].compresses_inside:
        return ""
    return "gzip" if encode_options(export).compress else ""


@register.filter
def option_words(export: Export) -> list[str]:
    """What was chosen beyond the format, a phrase for each choice that its files show."""
    if export.format not in FORMATS:
        return []
    chosen = encode_options(export)
    offered = options_of(export.format, of_profiles=export.is_of_profiles)
    first_line = "first line is the event’s name"
    words = {
        "first_line": first_line if chosen.event_name_line else "plain NDJSON",
        "values_as_strings": "values as strings" if chosen.values_as_strings else "",
        "formula_guard": "guarded against formulas" if chosen.formula_guard else "",
    }
    phrases = [word for option, word in words.items() if option in offered and word]
    if chosen.clevertap_id:
        phrases.append("with CleverTap ID")
    phrases.append("with a manifest" if export.options.get("manifest") else "without a manifest")
    return phrases


@register.filter
def unchanged(text: str) -> SafeString:
    """Text for a `<pre>` that comes out of a copy as it went in: HTML reads a bare CR as LF."""
    return mark_safe(escape(text).replace("\r", "&#13;"))  # noqa: S308  (escaped just now)


@register.filter
def field(form: forms.Form, name: str) -> forms.BoundField:
    """A field whose name no template can spell with a dot."""
    return form[name]
