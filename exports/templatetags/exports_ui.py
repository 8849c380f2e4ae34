"""Words of the export screens."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import TYPE_CHECKING

from django import forms, template
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
from exports.spec import ExportSpec
from integrations.models import Connection

if TYPE_CHECKING:
    # To import it loads the engine.
    from exports.preview import Preview

register = template.Library()


@register.filter
def type_label(key: str) -> str:
    return str(Export.Type(key).label)


@register.filter
def frequency_label(export: Export) -> str:
    if export.interval_hours:
        return _("Every {hours} hours").format(hours=export.interval_hours)
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
    files = ngettext(
        "<strong>{count}</strong> file", "<strong>{count}</strong> files", estimate.files
    )
    counted = {"files": format_html(files, count=number(estimate.files))}
    if estimate.bytes is None:
        people = ngettext(
            "<strong>{count}</strong> profile", "<strong>{count}</strong> profiles", estimate.rows
        )
        counted["profiles"] = format_html(people, count=number(estimate.rows))
        return format_html(_("About {profiles} in {files}"), **counted)
    events = ngettext(
        "<strong>{count}</strong> event", "<strong>{count}</strong> events", estimate.rows
    )
    counted["events"] = format_html(events, count=number(estimate.rows))
    text = _("About {events} in {files}, <strong>{size}</strong>")
    return format_html(text, **counted, size=size(estimate.bytes))


@register.filter
def amount_of(estimate: Estimate, spec: ExportSpec) -> SafeString:
    """How much, in which format."""
    text = _("{amount} of {format}")
    if spec.encode.compress:
        text = _("{amount} of {format} with gzip")
    return format_html(text, amount=amount(estimate), format=format_label(spec.format))


@register.filter
def format_label(key: str) -> str:
    """The name of a format; of one that is no longer registered, its key."""
    return FORMATS[key].label if key in FORMATS else key.upper()


@register.filter
def days(export: Export) -> str:
    """Which days of events; people have none."""
    if export.first_day is None:
        return _("Everybody")
    if export.last_day is None:
        return _("From {day}").format(day=date_format(export.first_day, "j M Y"))
    return str(DayRange(export.first_day, export.last_day))


@register.filter
def written(export: Export) -> str:
    """Files and rows that are in the bucket: 3 files with 1,200 rows."""
    files = ngettext("{count} file", "{count} files", export.files_written)
    rows = ngettext("{count} row", "{count} rows", export.rows_written)
    return _("{files} with {rows}").format(
        files=files.format(count=number(export.files_written)),
        rows=rows.format(count=number(export.rows_written)),
    )


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
    first_line = _("first line is the event’s name")
    words = {
        "first_line": first_line if chosen.event_name_line else _("plain NDJSON"),
        "values_as_strings": _("values as strings") if chosen.values_as_strings else "",
        "formula_guard": _("guarded against formulas") if chosen.formula_guard else "",
    }
    phrases = [word for option, word in words.items() if option in offered and word]
    if chosen.clevertap_id:
        phrases.append(_("with CleverTap ID"))
    has_manifest = export.options.get("manifest")
    phrases.append(_("with a manifest") if has_manifest else _("without a manifest"))
    return phrases


@register.filter
def preview_words(preview: Preview, spec: ExportSpec) -> SafeString:
    """Which rows these are."""
    rows = ngettext("The first row", "The first {count} rows", preview.rows)
    rows = rows.format(count=number(preview.rows))
    if not preview.event_name:
        text = _("{rows} of everybody, going by the properties that the first people have.")
        if spec.encode.compress:
            text = _(
                "{rows} of everybody, going by the properties that the first people have, before "
                "compression."
            )
        return format_html(text, rows=rows)
    day = date_format(preview.day, "j M Y") if preview.day else ""
    return format_html(_event_words(spec), rows=rows, event=preview.event_name, day=day)


def _event_words(spec: ExportSpec) -> str:
    if len(spec.event_names) == 1:
        if spec.encode.compress:
            return _(
                "{rows} of <strong>{event}</strong> on {day}, the newest day with events, before "
                "compression."
            )
        return _("{rows} of <strong>{event}</strong> on {day}, the newest day with events.")
    if spec.encode.compress:
        return _(
            "{rows} of <strong>{event}</strong> on {day}, the newest day with events and the most "
            "frequent event on it, before compression."
        )
    return _(
        "{rows} of <strong>{event}</strong> on {day}, the newest day with events and the most "
        "frequent event on it."
    )


@register.filter
def unchanged(text: str) -> SafeString:
    """Text for a `<pre>` that comes out of a copy as it went in: HTML reads a bare CR as LF."""
    return mark_safe(escape(text).replace("\r", "&#13;"))  # noqa: S308  (escaped just now)


@register.filter
def field(form: forms.Form, name: str) -> forms.BoundField:
    """A field whose name no template can spell with a dot."""
    return form[name]
