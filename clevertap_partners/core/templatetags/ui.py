"""Filters and tags that every screen shares."""

from __future__ import annotations

import datetime
import math

from django import template
from django.contrib.auth.models import AbstractUser
from django.utils import timezone

register = template.Library()


@register.filter
def size(count: int | None) -> str:
    """Bytes for people, in the decimal units that bucket consoles use: 1.2 MB."""
    if count is None:
        return "–"
    value = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


@register.filter
def number(value: int | None) -> str:
    """1234567 as 1,234,567; nothing as a dash."""
    return "–" if value is None else f"{value:,}"


@register.filter
def ago(moment: datetime.datetime | None) -> str:
    """How long ago, in the largest unit: 5 min ago."""
    if moment is None:
        return "–"
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return "just now"


@register.filter
def words(text: str) -> list[str]:
    """A list for a template's loop: `{% for size in "10 20"|words %}`."""
    return text.split()


_TONES = {"debug": "neutral", "error": "danger"}
_STATUS_TONES = {
    "running": "info",
    "done": "success",
    "attention": "warning",
    "failed": "danger",
}


@register.filter
def tone(level: str) -> str:
    """The tone of a flash message: Django's `error` is our `danger`."""
    return _TONES.get(level, level)


@register.filter
def status_tone(status: str) -> str:
    """The tone of a run's status; what waits or has stopped is neutral."""
    return _STATUS_TONES.get(str(status).lower(), "neutral")


@register.filter
def initials(user: AbstractUser) -> str:
    """Two letters that stand for a person."""
    names = user.get_full_name().split() or user.get_username().split("@")[0].split(".")
    return "".join(name[:1] for name in names[:2]) or "?"


@register.filter
def minutes(length: datetime.timedelta) -> str:
    """A waiting time, rounded up: 15 minutes."""
    count = max(1, math.ceil(length.total_seconds() / 60))
    return f"{count} minute{'s' if count > 1 else ''}"
