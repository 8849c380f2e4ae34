"""The rows of a custom schedule: a day and a time each, of the week or of the month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.dates import WEEKDAYS as NAMES
from django.utils.translation import gettext_lazy as _

from imports import schedule

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Days = list[tuple[str, StrOrPromise]]

WEEKDAYS: Days = [(str(number), name) for number, name in NAMES.items()]
MONTH_DAYS: Days = [
    *((str(day), str(day)) for day in range(1, 32)),
    (schedule.LAST_DAY, _("Last day")),
]
DAYS = {schedule.WEEK: WEEKDAYS, schedule.MONTH: MONTH_DAYS}
MAX_ENTRIES = 50
A_TIME = _("Enter a time such as 09:00.")


class EntryForm(forms.Form):
    """One entry of a custom schedule."""

    day = forms.ChoiceField(label=_("Day"), error_messages={"invalid_choice": _("Choose a day.")})
    time = forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"required": A_TIME, "invalid": A_TIME},
    )

    def __init__(self, *args: Any, days_of: str, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        day: Any = self.fields["day"]
        day.choices = DAYS[days_of]

    @property
    def entry(self) -> dict[str, Any]:
        """As imports.schedule wants it; only of a form that is valid."""
        day = self.cleaned_data["day"]
        return {
            "day": day if day == schedule.LAST_DAY else int(day),
            "time": f"{self.cleaned_data['time']:%H:%M}",
        }


def sent_entries(days_of: str, data: Mapping[str, Any]) -> list[EntryForm]:
    """The rows of a group as they were sent, in their order."""
    prefixes = [f"{days_of}-{number}" for number in range(MAX_ENTRIES)]
    return [
        EntryForm(data, days_of=days_of, prefix=prefix)
        for prefix in prefixes
        if f"{prefix}-day" in data
    ]


def saved_entries(days_of: str, saved: dict[str, Any]) -> list[EntryForm]:
    """The rows of a group as they are kept; one to begin with where there are none."""
    entries = saved["entries"] if saved.get("days_of") == days_of else []
    first = {"day": DAYS[days_of][0][0], "time": "09:00"}
    return [
        EntryForm(initial=entry, days_of=days_of, prefix=f"{days_of}-{number}")
        for number, entry in enumerate(entries or [first])
    ]


def rearranged(days_of: str, data: Mapping[str, Any], *, add: bool, remove: str) -> list[EntryForm]:
    """The rows as they were sent, with one more at the end, or without one of them."""
    sent = [form for form in sent_entries(days_of, data) if form.prefix != remove]
    typed = [
        {"day": data.get(f"{form.prefix}-day"), "time": data.get(f"{form.prefix}-time")}
        for form in sent
    ]
    if add and len(typed) < MAX_ENTRIES:
        typed.append(_after(days_of, typed))
    return [
        EntryForm(initial=entry, days_of=days_of, prefix=f"{days_of}-{number}")
        for number, entry in enumerate(typed)
    ]


def _after(days_of: str, typed: list[dict[str, Any]]) -> dict[str, Any]:
    """What a new row begins with: the day after the last one, at its time."""
    days = [key for key, _ in DAYS[days_of]]
    if not typed or typed[-1]["day"] not in days:
        return {"day": days[0], "time": "09:00"}
    following = (days.index(typed[-1]["day"]) + 1) % len(days)
    return {"day": days[following], "time": typed[-1]["time"]}
