"""Filters and tags that every screen shares."""

from __future__ import annotations

import datetime
import math
import zoneinfo
from typing import Any

from django import template
from django.contrib.auth.models import AbstractUser
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from clevertap_partners.core.timing import clock, day_of, near_clock, offset, utc_text
from clevertap_partners.core.translated import translated

register = template.Library()


@register.filter("translated")
def translated_text(value: Any) -> Any:
    """For what is kept in English: `{{ export.trouble_message|translated }}`."""
    if value is None:
        return None
    text = str(value)
    shown = translated(text)
    # Our own words need no escaping, and facts of what was safe have had theirs.
    return SafeString(shown) if isinstance(text, SafeString) else shown


@register.filter("size_text")
def size(count: int | None) -> str:
    """Bytes for people, in the decimal units that bucket consoles use: 1.2 MB."""
    if count is None:
        return "–"
    value = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            places = 0 if unit == "B" else 1
            # Django cuts off what is beyond the places.
            return _together(f"{number_format(round(value, places), places)} {unit}")
        value /= 1000
    raise AssertionError("unreachable")


def _together(text: str) -> str:
    """From left to right also amid Arabic, which would put the unit before its number."""
    return f"\u2066{text}\u2069" if get_language_bidi() else text


@register.filter("size")
def exact_size(count: int | None) -> str:
    """As `size`, for HTML: the exact number shows on hover."""
    if count is None:
        return "–"
    return format_html(
        '<data value="{}" title="{}">{}</data>',
        count,
        _("%(count)s bytes") % {"count": number(int(count))},
        size(count),
    )


@register.filter
def number(value: int | None) -> str:
    """1234567 as 1,234,567, or 12,34,567 in Hindi; nothing as a dash."""
    return "–" if value is None else number_format(value, force_grouping=True)


_AGO = {
    86_400: gettext_lazy("%(count)d d ago"),
    3600: gettext_lazy("%(count)d h ago"),
    60: gettext_lazy("%(count)d min ago"),
}


def ago(moment: datetime.datetime | None) -> str:
    """How long ago, in the largest unit: 5 min ago."""
    if moment is None:
        return "–"
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    for length, text in _AGO.items():
        if seconds >= length:
            return text % {"count": seconds // length}
    return _("just now")


@register.filter("ago")
def exact_ago(moment: datetime.datetime | None) -> str:
    return _time(moment, ago(moment))


@register.filter
def words(text: str) -> list[str]:
    """A list for a template's loop: `{% for size in "10 20"|words %}`."""
    return text.split()


@register.filter
def fix_words(fix: str) -> str:
    """What to do, without the command that may follow on a line of its own."""
    return fix.partition("\n")[0]


@register.filter
def fix_command(fix: str) -> str:
    """The command of a fix, ready to be copied; empty when it has none."""
    return fix.partition("\n")[2]


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
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


# -- moments in account time, with the UTC of each on hover ---------------------------------------


@register.filter
def at_clock(moment: datetime.datetime | None, zone: zoneinfo.ZoneInfo) -> str:
    """A moment with its weekday, in account time."""
    return _time(moment, clock(moment, zone) if moment else "")


@register.filter
def at_near_clock(moment: datetime.datetime | None, zone: zoneinfo.ZoneInfo) -> str:
    """As `at_clock`, without the year where it is this one."""
    return _time(moment, near_clock(moment, zone, timezone.now()) if moment else "")


@register.filter
def in_zone(moment: datetime.datetime | None, zone: str) -> str:
    """A moment in account time, to the minute."""
    return _time(moment, in_zone_text(moment, zone))


@register.filter
def in_zone_text(moment: datetime.datetime | None, zone: str) -> str:
    """As `in_zone`, where no element may stand: in an attribute or an option."""
    if moment is None:
        return "–"
    local = moment.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{day_of(local)}, {local:%H:%M}"


@register.filter
def to_the_second(moment: datetime.datetime | None, zone: str) -> str:
    """A moment in account time, to the second."""
    local = moment and moment.astimezone(zoneinfo.ZoneInfo(zone))
    return _time(moment, f"{day_of(local)}, {local:%H:%M:%S}" if local else "")


@register.filter
def zone_now(zone: str) -> str:
    """How the clock of a zone differs from UTC now: UTC+05:30."""
    return offset(timezone.now().astimezone(zoneinfo.ZoneInfo(zone)))


def _time(moment: datetime.datetime | None, text: str) -> str:
    if moment is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), utc_text(moment), text
    )


@register.filter
def value_text(value: int, unit: str) -> str:
    """A value of a chart."""
    return size(value) if unit == "bytes" else number(value)


@register.filter
def of(found: dict[int, Any], row: Model) -> Any:
    """What was found for a row, by its key."""
    return found.get(row.pk)


@register.filter
def add_text(left: Any, right: Any) -> str:
    return f"{left}{right}"
