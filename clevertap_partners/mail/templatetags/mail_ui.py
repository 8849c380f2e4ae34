"""Words of letters."""

from __future__ import annotations

import datetime
import re
import zoneinfo

from django import template
from django.utils.formats import date_format

register = template.Library()

ZONED = re.compile(r"(?P<moment>[^[]+)\[(?P<zone>[^]]+)\]")


@register.filter
def moment(zoned: str) -> str:
    """A time for people: Tuesday 24 November, 14:05 (Europe/Berlin).

    Of a moment and its zone, as RFC 9557 writes them. Letters of old have it in words already.
    """
    found = ZONED.fullmatch(zoned)
    if found is None:
        return zoned
    at = datetime.datetime.fromisoformat(found["moment"])
    local = at.astimezone(zoneinfo.ZoneInfo(found["zone"]))
    return f"{date_format(local, 'l j F, H:i')} ({found['zone']})"
