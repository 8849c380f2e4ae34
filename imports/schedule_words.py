"""When an import runs by itself, as a sentence in the language of the reader."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.schedule import AT, CUSTOM, INTERVAL, LAST_DAY, MANUAL, MONTH


def in_words(frequency: str, schedule: dict[str, Any]) -> str:
    """For a list: “Every 2 hours”, “Every Monday and Friday at 09:00”, “By hand”."""
    if frequency == INTERVAL:
        return _every(schedule["unit"], schedule["every"])
    if frequency == CUSTOM:
        days_of = schedule["days_of"]
        text = _separated([_at(days_of, time, days) for time, days in _groups(schedule)])
        return text[:1].upper() + text[1:]
    if frequency == MANUAL and schedule["when"] == AT:
        at = datetime.datetime.fromisoformat(schedule["at"])
        day, time = date_format(at, "j M Y"), time_format(at, "H:i")
        return _("Once, on {date} at {time}").format(date=day, time=time)
    return _("By hand") if frequency == MANUAL else ""


def _every(unit: str, count: int) -> str:
    if unit == "minutes":
        text = ngettext("Every minute", "Every {count} minutes", count)
    elif unit == "hours":
        text = ngettext("Every hour", "Every {count} hours", count)
    elif unit == "days":
        text = ngettext("Every day", "Every {count} days", count)
    else:
        text = ngettext("Every week", "Every {count} weeks", count)
    return text.format(count=count)


def _groups(schedule: dict[str, Any]) -> Iterator[tuple[str, list[int | str]]]:
    """Each time with its days, both in order; the last day of a month comes last."""
    for time in sorted({entry["time"] for entry in schedule["entries"]}):
        days = {entry["day"] for entry in schedule["entries"] if entry["time"] == time}
        yield time, sorted(days, key=lambda day: 99 if day == LAST_DAY else day)


def _at(days_of: str, time: str, days: list[int | str]) -> str:
    shown = time_format(datetime.time.fromisoformat(time), "H:i")
    if days_of == MONTH:
        named = _listed([_of_month(day) for day in days])
        return _("on {days} of each month at {time}").format(days=named, time=shown)
    if len(days) == len(WEEKDAYS):
        return _("every day at {time}").format(time=shown)
    named = _listed([str(WEEKDAYS[int(day)]) for day in days])
    return _("every {days} at {time}").format(days=named, time=shown)


def _of_month(day: int | str) -> str:
    if day == LAST_DAY:
        return _("the last day")
    # Four endings in English: 11th, 12th and 13th are no 1st, 2nd and 3rd.
    number = int(day)
    ending = 0 if number in {11, 12, 13} else number % 10
    texts = {1: _("the {number}st"), 2: _("the {number}nd"), 3: _("the {number}rd")}
    return texts.get(ending, _("the {number}th")).format(number=number)


def _listed(words: list[str]) -> str:
    if len(words) == 1:
        return words[0]
    return _("{some} and {last}").format(some=_separated(words[:-1]), last=words[-1])


def _separated(words: list[str]) -> str:
    # Translators: this stands between the parts of a list.
    return _(", ").join(words)
