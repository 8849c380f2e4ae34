"""Words of the export screens."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

from django import forms, template

from exports.models import Export
from exports.ranges import DayRange
from integrations import selectors

register = template.Library()


@register.filter
def type_label(key: str) -> str:
    return str(Export.Type(key).label)


@register.filter
def partner_label(key: str) -> str:
    return selectors.partner_label(key)


@register.filter
def frequency_label(key: str) -> str:
    return str(Export.Frequency(key).label)


@register.filter
def days(export: Export) -> str:
    return str(DayRange(export.first_day, export.last_day))


@register.filter
def in_zone(moment: datetime.datetime | None, zone: str) -> str:
    """A moment in account time, to the minute."""
    if moment is None:
        return "–"
    return f"{moment.astimezone(zoneinfo.ZoneInfo(zone)):%-d %b %Y, %H:%M}"


@register.filter
def add_text(left: Any, right: Any) -> str:
    return f"{left}{right}"


@register.filter
def field(form: forms.Form, name: str) -> forms.BoundField:
    """A field whose name no template can spell with a dot."""
    return form[name]
