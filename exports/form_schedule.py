"""The part of the export form that says when a recurring export runs."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.conf import settings

from exports.fields import DateInput, FormPart, TimeOfDay
from exports.schedule import INTERVALS_HOURS
from exports.timing import Start, start_at

MAX_DAYS_AHEAD = 365
NOT_AN_INTERVAL = "Choose how often it runs: every 4, 6, 8, 12 or 24 hours."


class SchedulePart(FormPart):
    """An interval and a start on the account's clock.

    A day that is `kept_start` already is not too old, whenever it was.
    """

    interval = forms.ChoiceField(
        label="Every",
        choices=[(str(hours), f"{hours} hours") for hours in INTERVALS_HOURS],
        initial="24",
        error_messages={"required": NOT_AN_INTERVAL, "invalid_choice": NOT_AN_INTERVAL},
    )
    start = forms.DateField(
        label="Start",
        error_messages={"required": "Enter the day of the first run."},
        widget=DateInput(),
    )
    start_time = TimeOfDay(
        label="Time",
        initial="00:00",
        error_messages={"invalid": "Enter a time such as 00:00 or 18:30."},
    )

    kept_start: datetime.date | None = None

    def offer_starts(self) -> None:
        self.fields["start"].initial = self.today
        first = min(self.earliest, self.kept_start or self.earliest)
        self.fields["start"].widget.attrs |= {"min": first, "max": self._latest}

    def clean_start(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["start"]
        if day < self.earliest and day != self.kept_start:
            raise forms.ValidationError(
                f"A start lies at most {settings.EXPORT_MAX_DAYS_BACK} days back: the earliest day "
                f"is {self.earliest:%-d %B %Y}."
            )
        if day > self._latest:
            raise forms.ValidationError(
                f"A start lies at most a year ahead: the latest day is {self._latest:%-d %B %Y}."
            )
        return day

    def clean_schedule(self, data: dict[str, Any]) -> Start | None:
        """The start, once day and time are fine."""
        if data.get("start") is None or data.get("start_time") is None:
            return None
        wall = datetime.datetime.combine(data["start"], data["start_time"])
        return start_at(wall, self.account.zone)

    @property
    def _latest(self) -> datetime.date:
        return self.today + datetime.timedelta(days=MAX_DAYS_AHEAD)
