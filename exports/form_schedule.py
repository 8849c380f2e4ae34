"""The part of the export form that says when a recurring export runs."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exports.fields import DateInput, FormPart, TimeOfDay
from exports.schedule import INTERVALS_HOURS
from exports.timing import Start, start_at

MAX_DAYS_AHEAD = 365
NOT_AN_INTERVAL = _("Choose how often it runs: every 4, 6, 8, 12 or 24 hours.")
# Each a text of its own: so Activity finds them again among its values.
INTERVALS = {
    4: _("4 hours"),
    6: _("6 hours"),
    8: _("8 hours"),
    12: _("12 hours"),
    24: _("24 hours"),
}


class SchedulePart(FormPart):
    """An interval and a start on the account's clock.

    A day that is `kept_start` already is not too old, whenever it was.
    """

    interval = forms.ChoiceField(
        label=_("Every"),
        choices=[(str(hours), INTERVALS[hours]) for hours in INTERVALS_HOURS],
        initial="24",
        error_messages={"required": NOT_AN_INTERVAL, "invalid_choice": NOT_AN_INTERVAL},
    )
    start = forms.DateField(
        label=_("Start"),
        error_messages={"required": _("Enter the day of the first run.")},
        widget=DateInput(),
    )
    start_time = TimeOfDay(
        label=_("Time"),
        initial="00:00",
        error_messages={"invalid": _("Enter a time such as 00:00 or 18:30.")},
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
                gettext(
                    "A start lies at most {days} days back: the earliest day is {earliest}."
                ).format(
                    days=settings.EXPORT_MAX_DAYS_BACK,
                    earliest=date_format(self.earliest, "j F Y"),
                )
            )
        if day > self._latest:
            raise forms.ValidationError(
                gettext("A start lies at most a year ahead: the latest day is {latest}.").format(
                    latest=date_format(self._latest, "j F Y")
                )
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
