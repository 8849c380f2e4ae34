"""Words of the import screens."""

from __future__ import annotations

from django import template

from imports import mapping, schedule, showing
from imports.health import Health, health
from imports.models import Content, Import, ImportRun

register = template.Library()

SHOWN_SQL = 60


@register.filter
def frequency_words(item: Import) -> str:
    """When it runs; a draft may not have come so far."""
    if not item.schedule:
        return item.get_frequency_display() or "–"
    return schedule.in_words(item.frequency, item.schedule)


@register.filter
def source_words(content: Content) -> str:
    """The table, or how the SQL begins."""
    if content.source == Content.Source.TABLE:
        return content.table or "–"
    text = " ".join(content.sql.split())
    return f"SQL: {text[:SHOWN_SQL]}…" if len(text) > SHOWN_SQL else f"SQL: {text or '–'}"


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
    label = each.type.capitalize()
    return f"{label} ({showing.format_words(each.format)})" if each.format else label


@register.filter
def format_words(key: str) -> str:
    """How a date is written, or a cursor counts."""
    return showing.format_words(key)
