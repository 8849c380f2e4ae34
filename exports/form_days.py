"""The part of the export form that says which days a one-time export of events holds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exports.fields import DateInput, FormPart
from exports.ranges import RANGE_KINDS, DayRange

# Where a range's days are entered; the other ranges know theirs.
DAY_FIELDS = {"specific_day": ("day",), "date_range": ("from", "to")}


class DaysPart(FormPart):
    """A range of days, by its name or day by day."""

    range = forms.ChoiceField(label=_("Days"), initial="last_7_days", widget=forms.Select)
    day = forms.DateField(label=_("Day"), required=False, widget=DateInput())
    to = forms.DateField(label=_("To"), required=False, widget=DateInput())

    def offer_days(self) -> None:
        """Offer the ranges as they fall today, and the days that are not too old."""
        # `from` is a word of the language, so this field can't be an attribute of the class.
        self.fields["from"] = forms.DateField(label=_("From"), required=False, widget=DateInput())
        for name in ("day", "from", "to"):
            self.fields[name].widget.attrs |= {"min": self.earliest, "max": self.today}
        self.choice("range").choices = [
            (key, f"{_(kind.label)} ({kind.days(self.today)})" if kind.days else _(kind.label))
            for key, kind in RANGE_KINDS.items()
        ]

    def clean_days(self, data: dict[str, Any]) -> DayRange | None:
        kind = RANGE_KINDS.get(data.get("range", ""))
        if kind is None:
            return None
        if kind.days is not None:
            return self._within(kind.days(self.today), "range", "range")
        names = DAY_FIELDS[data["range"]]
        for name in names:
            if data.get(name) is None and name not in self.errors:
                self.say(name, gettext("Enter a date."))
        first, last = names[0], names[-1]
        if data.get(first) is None or data.get(last) is None:
            return None
        if data[first] > data[last]:
            self.say("to", gettext("The last day is before the first one."))
            return None
        return self._within(DayRange(data[first], data[last]), first, last)

    def _within(self, days: DayRange, first: str, last: str) -> DayRange | None:
        """The range if it is neither too old nor in the future, in account time."""
        if days.first < self.earliest:
            self.say(
                first,
                gettext(
                    "Exports reach back {days} days: the earliest day is {earliest}; this one "
                    "would start on {first}."
                ).format(
                    days=settings.EXPORT_MAX_DAYS_BACK,
                    earliest=date_format(self.earliest, "j F Y"),
                    first=date_format(days.first, "j F Y"),
                ),
            )
            return None
        if days.last > self.today:
            text = gettext("This day is in the future; today is {today}.")
            self.say(last, text.format(today=date_format(self.today, "j F Y")))
            return None
        return days
