"""Words of the import screens."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from imports import mapping, schedule_words, showing
from imports.form_columns import TYPE_LABELS
from imports.health import Health, health
from imports.models import Content, Import, ImportRun

register = template.Library()

SHOWN_SQL = 60


@register.filter
def frequency_words(item: Import) -> str:
    """When it runs; a draft may not have come so far."""
    if not item.schedule:
        return item.get_frequency_display() or "–"
    return schedule_words.in_words(item.frequency, item.schedule)


@register.filter
def source_words(content: Content) -> str:
    """The table, or how the SQL begins."""
    if content.source == Content.Source.TABLE:
        return content.table or "–"
    text = " ".join(content.sql.split())
    return f"SQL: {text[:SHOWN_SQL]}…" if len(text) > SHOWN_SQL else f"SQL: {text or '–'}"


@register.filter
def table_kind(kind: str) -> str:
    """What is no plain table, as a warehouse names it."""
    words = {
        "view": _("view"),
        "materialized view": _("materialized view"),
        "external table": _("external table"),
    }
    return words.get(kind, kind)


@register.filter
def run_health(run: ImportRun) -> Health | None:
    """None until the run is done: before, and of a stopped one, nothing has landed."""
    if run.status != ImportRun.Status.DONE:
        return None
    return health(imported=run.rows_imported, failed=run.rows_failed, read=run.rows_read)


@register.filter
def is_without_success(run: ImportRun) -> bool:
    return showing.is_without_success(run)


@register.filter
def run_duration(run: ImportRun) -> str:
    return showing.duration_text(run)


@register.filter
def property_type(each: mapping.Property) -> str:
    """Date (dd/MM/yyyy)."""
    label = type_words(each.type)
    return f"{label} ({showing.format_words(each.format)})" if each.format else label


@register.filter
def type_words(key: str) -> str:
    """The type of a property, as the wizard names it."""
    return str(TYPE_LABELS.get(key, key))


@register.filter
def format_words(key: str) -> str:
    """How a date is written, or a cursor counts."""
    return showing.format_words(key)
