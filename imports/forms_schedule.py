"""The third step of the wizard: when the import runs, on the clock of its account."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from imports import schedule
from imports.explained import explained
from imports.form_entries import A_TIME, rearranged, saved_entries, sent_entries
from imports.models import Import

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FREQUENCY_HINTS = {
    Import.Frequency.INTERVAL: _("Now, and then every so often"),
    Import.Frequency.CUSTOM: _("On days and at times of your choice"),
    Import.Frequency.MANUAL: _("Once, or whenever you start it"),
}
WHEN = {
    schedule.NOW: (_("Run immediately"), _("As soon as you press Import")),
    schedule.AT: (_("Run on a date"), _("Once, at a time of your choice")),
    schedule.LATER: (_("Run later"), _("When somebody presses Run now")),
}
UNITS = {
    "minutes": _("minutes"),
    "hours": _("hours"),
    "days": _("days"),
    "weeks": _("weeks"),
}
MAX_DAYS_AHEAD = 366
TOO_OFTEN = _("The shortest interval is 15 minutes.")


class ScheduleForm(forms.Form):
    """A frequency and what it needs; `entries` are the rows of a custom schedule, by group."""

    frequency = forms.ChoiceField(
        label=_("How often"),
        choices=[
            (kind.value, explained(kind.label, hint)) for kind, hint in FREQUENCY_HINTS.items()
        ],
        initial=Import.Frequency.INTERVAL,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when it runs.")},
    )
    every = forms.IntegerField(
        label=_("Every"),
        initial=1,
        required=False,
        min_value=1,
        max_value=100_000,
        error_messages={"invalid": _("Enter a whole number such as 2.")},
    )
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=list(UNITS.items()),
        initial="days",
        required=False,
    )
    days_of = forms.ChoiceField(
        label=_("Days of"),
        choices=[(schedule.WEEK, _("The week")), (schedule.MONTH, _("The month"))],
        initial=schedule.WEEK,
        required=False,
        widget=forms.RadioSelect,
    )
    when = forms.ChoiceField(
        label=_("When"),
        choices=[(key, explained(*words)) for key, words in WHEN.items()],
        initial=schedule.NOW,
        required=False,
        widget=forms.RadioSelect,
    )
    date = forms.DateField(
        label=_("Date"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    time = forms.TimeField(
        label=_("Time"),
        required=False,
        initial="09:00",
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"invalid": A_TIME},
    )

    def __init__(self, *args: Any, item: Import, **kwargs: Any) -> None:
        kwargs["initial"] = {**answers_of(item), **kwargs.get("initial", {})}
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.item = item
        self.is_draft = item.status == Import.Status.DRAFT
        if not self.is_draft:
            self._leave_out_now()
        self.zone = item.account.zone
        self.now = timezone.now()
        self.today = self.now.astimezone(self.zone).date()
        self.latest = self.today + datetime.timedelta(days=MAX_DAYS_AHEAD)
        self.fields["date"].widget.attrs |= {"min": self.today, "max": self.latest}
        self.entries = {
            days_of: sent_entries(days_of, self.data)
            if self.is_bound
            else saved_entries(days_of, item.schedule)
            for days_of in (schedule.WEEK, schedule.MONTH)
        }
        self.chosen: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        checks = {
            Import.Frequency.INTERVAL: (self._interval, ("every", "unit")),
            Import.Frequency.CUSTOM: (self._custom, ("days_of",)),
            Import.Frequency.MANUAL: (self._manual, ("when", "date", "time")),
        }
        for kind, (check, names) in checks.items():
            if data.get("frequency") == kind:
                self.chosen = check(data)
            else:
                for name in names:
                    self.errors.pop(name, None)
        return data

    def _interval(self, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("every") is None or not data.get("unit"):
            self._say("every", gettext("Enter how often it runs, such as 2 hours."))
            return {}
        chosen = {"every": data["every"], "unit": data["unit"]}
        length = schedule.interval(chosen)
        if length < schedule.MIN_INTERVAL:
            self._say("every", TOO_OFTEN)
        if length > schedule.MAX_INTERVAL:
            self._say("every", gettext("The longest interval is a year."))
        return chosen

    def _custom(self, data: dict[str, Any]) -> dict[str, Any]:
        days_of = data.get("days_of") or schedule.WEEK
        rows = self.entries[days_of]
        if not rows:
            self._say("days_of", gettext("Add a day and a time."))
        # Every row is looked at, so that each shows what is wrong with it.
        amiss = [row for row in rows if not row.is_valid()]
        if amiss:
            self._say("days_of", gettext("Look at the rows marked below."))
            return {}
        entries: list[dict[str, Any]] = []
        for row in rows:
            if row.entry not in entries:
                entries.append(row.entry)
        return {"days_of": days_of, "entries": entries}

    def _manual(self, data: dict[str, Any]) -> dict[str, Any]:
        when = data.get("when") or (schedule.NOW if self.is_draft else schedule.LATER)
        if when != schedule.AT:
            self.errors.pop("date", None)
            self.errors.pop("time", None)
            return {"when": when}
        if data.get("date") is None or data.get("time") is None:
            self._say("date", gettext("Enter the day and the time of the run."))
            return {}
        wall = datetime.datetime.combine(data["date"], data["time"]).replace(second=0)
        if data["date"] > self.latest:
            text = gettext("Choose a day up to {day}, a year ahead.")
            self._say("date", text.format(day=date_format(self.latest, "j F Y")))
        elif wall.isoformat() != self._kept_at and self._has_passed(wall):
            text = gettext("This has passed: it is {time} now.")
            now = date_format(self.now.astimezone(self.zone), "H:i")
            self._say("date", text.format(time=now))
        return {"when": when, "at": wall.isoformat(timespec="minutes")}

    def _has_passed(self, wall: datetime.datetime) -> bool:
        # Days long gone have no moment everywhere: the first of all days began before its time.
        return wall.date() < self.today or schedule.instant(wall, self.zone) <= self.now

    def _leave_out_now(self) -> None:
        """What exists already begins with Run now, not with being saved."""
        field: Any = self.fields["when"]
        field.choices = [choice for choice in field.choices if choice[0] != schedule.NOW]
        field.initial = schedule.LATER
        if self.initial.get("when") == schedule.NOW:
            self.initial["when"] = schedule.LATER

    def draft(self) -> dict[str, Any] | None:
        """Frequency and schedule once nothing is amiss."""
        if not self.is_valid():
            return None
        return {"frequency": self.cleaned_data["frequency"], "schedule": self.chosen}

    def missing(self) -> str:
        return next((str(messages[0]) for messages in self.errors.values()), "")

    def with_rows(self, *, add: str, remove: str) -> ScheduleForm:
        """The form as it was sent, judged by nobody, with a row more or less."""
        typed = {name: self.data.get(name, "") for name in self.fields}
        form = ScheduleForm(item=self.item, initial=typed)
        form.entries = {
            days_of: rearranged(days_of, self.data, add=add == days_of, remove=remove)
            for days_of in self.entries
        }
        return form

    @property
    def _kept_at(self) -> str:
        """A date that was saved before may have passed: the run it was for is over."""
        return "" if self.is_draft else f"{self.item.schedule.get('at', '')}:00"

    def _say(self, name: str, message: StrOrPromise) -> None:
        if name not in self.errors:
            self.add_error(name, ValidationError(message))


def answers_of(item: Import) -> dict[str, Any]:
    """What the fields show of a schedule that is kept."""
    kept = item.schedule
    answers = {name: kept[name] for name in ("every", "unit", "days_of", "when") if name in kept}
    if item.frequency:
        answers["frequency"] = item.frequency
    if "at" in kept:
        at = datetime.datetime.fromisoformat(kept["at"])
        answers |= {"date": at.date(), "time": at.time()}
    return answers
