"""Filters by day: the field for a day, and the moments at which a day begins and ends."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FIRST_DAY, LAST_DAY = datetime.date(1970, 1, 1), datetime.date(9990, 1, 1)
DAY = datetime.timedelta(days=1)


def day_field(label: StrOrPromise) -> forms.DateField:
    """A day that is still one on every clock, and has a next one."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )


def begin_of(day: datetime.date, zone: datetime.tzinfo) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), zone)


def end_of(day: datetime.date, zone: datetime.tzinfo) -> datetime.datetime:
    """The first moment that no longer belongs to the day."""
    return begin_of(day + DAY, zone)
