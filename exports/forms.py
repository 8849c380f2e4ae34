"""The export form: what a person may choose, and the frozen spec that comes out of it."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.selectors import event_catalogue
from exports.models import Export
from exports.pipeline.encode import FORMATS
from exports.pipeline.encode.base import IDENTIFIERS, EncodeOptions
from exports.ranges import RANGE_KINDS, DayRange, earliest_day
from exports.spec import ExportSpec
from integrations.models import Connection
from integrations.selectors import connection_list

DATE_INPUT = {"type": "date"}


class BucketField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Saved buckets by the nickname that the customer gave them."""

    def label_from_instance(self, obj: Connection) -> str:
        return obj.nickname


class ExportForm(forms.Form):
    """A one-time export of events to a saved bucket; `clean()` fills `spec`."""

    bucket = BucketField(
        Connection.objects.none(),
        empty_label="Choose a bucket",
        error_messages={
            "required": "Choose the bucket that the files go to.",
            "invalid_choice": "This bucket is not among the saved ones; choose another.",
        },
    )
    type = forms.ChoiceField(
        label="Type",
        choices=Export.Type.choices,
        initial=Export.Type.ALL_EVENTS,
        widget=forms.RadioSelect,
    )
    events = forms.MultipleChoiceField(
        label="Events",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "“%(value)s” is not an event of this account; choose from the list."
        },
    )
    frequency = forms.ChoiceField(
        label="Frequency",
        choices=Export.Frequency.choices,
        initial=Export.Frequency.ONCE,
        widget=forms.RadioSelect,
    )
    range = forms.ChoiceField(label="Days", initial="last_7_days", widget=forms.Select)
    day = forms.DateField(label="Day", required=False, widget=forms.DateInput(DATE_INPUT))
    to = forms.DateField(label="To", required=False, widget=forms.DateInput(DATE_INPUT))
    format = forms.ChoiceField(
        label="Format",
        choices=[(spec.key, spec.label) for spec in FORMATS.values()],
        initial="json",
        widget=forms.RadioSelect,
    )
    first_line = forms.ChoiceField(
        label="First line of each file",
        choices=[
            ("event_name", "Event name"),
            ("record", "A record (plain NDJSON, event name in each)"),
        ],
        initial="event_name",
        widget=forms.RadioSelect,
    )
    identifier_1 = forms.ChoiceField(label="Identity comes from", initial="identity")
    identifier_2 = forms.ChoiceField(label="else from", required=False)
    identifier_3 = forms.ChoiceField(label="else from", required=False)
    clevertap_id = forms.BooleanField(label="Include CleverTap ID", required=False)
    manifest = forms.BooleanField(
        label="Write a manifest",
        required=False,
        initial=True,
        help_text="One more file, written last: every file with its rows, size and checksum.",
    )

    def __init__(self, *args: Any, account: Account, partner: str, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.today = timezone.now().astimezone(account.zone).date()
        self.earliest = earliest_day(self.today, settings.EXPORT_MAX_DAYS_BACK)
        # `from` is a word of the language, so this field can't be an attribute of the class.
        self.fields["from"] = forms.DateField(
            label="From", required=False, widget=forms.DateInput(DATE_INPUT)
        )
        for name in ("day", "from", "to"):
            self.fields[name].widget.attrs |= {"min": self.earliest, "max": self.today}
        self._choice("bucket").queryset = connection_list(account=account, partner=partner)
        self.catalogue = list(event_catalogue(account=account))
        self._choice("events").choices = [(event.name, event.name) for event in self.catalogue]
        self._choice("range").choices = self._range_choices()
        identifiers = [(key, key.capitalize()) for key in IDENTIFIERS]
        self._choice("identifier_1").choices = identifiers
        for name in ("identifier_2", "identifier_3"):
            self._choice(name).choices = [("", "nothing"), *identifiers]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        days = self._clean_days(data)
        selects = data.get("type") == Export.Type.SELECT_EVENTS
        if selects and not data.get("events") and "events" not in self.errors:
            self._say("events", "Select at least one event, or export all events.")
        identifiers = self._clean_identifiers(data)
        if not self.errors and days:
            self.spec = self._spec(data, days, identifiers)
        return data

    def _clean_days(self, data: dict[str, Any]) -> DayRange | None:
        kind = RANGE_KINDS.get(data.get("range", ""))
        if kind is None:
            return None
        if kind.days is not None:
            return self._within(kind.days(self.today), "range", "range")
        first, last = ("day", "day") if data["range"] == "specific_day" else ("from", "to")
        for name in dict.fromkeys((first, last)):
            if data.get(name) is None and name not in self.errors:
                self._say(name, "Enter a date.")
        if data.get(first) is None or data.get(last) is None:
            return None
        if data[first] > data[last]:
            self._say("to", "The last day is before the first one.")
            return None
        return self._within(DayRange(data[first], data[last]), first, last)

    def _within(self, days: DayRange, first: str, last: str) -> DayRange | None:
        """The range if it is neither too old nor in the future, in account time."""
        if days.first < self.earliest:
            self._say(
                first,
                f"Exports reach back {settings.EXPORT_MAX_DAYS_BACK} days: the earliest day is "
                f"{self.earliest:%-d %B %Y}; this one would start on {days.first:%-d %B %Y}.",
            )
            return None
        if days.last > self.today:
            self._say(last, f"This day is in the future; today is {self.today:%-d %B %Y}.")
            return None
        return days

    def _clean_identifiers(self, data: dict[str, Any]) -> tuple[str, ...]:
        names = ("identifier_1", "identifier_2", "identifier_3")
        chosen = [data[name] for name in names if data.get(name)]
        for position, name in enumerate(names):
            if data.get(name) in [data.get(earlier) for earlier in names[:position]] and data[name]:
                self._say(name, "This one is tried already; choose another or nothing.")
        return tuple(chosen)

    def _spec(
        self, data: dict[str, Any], days: DayRange, identifiers: tuple[str, ...]
    ) -> ExportSpec:
        selected = data["type"] == Export.Type.SELECT_EVENTS
        return ExportSpec(
            connection_id=data["bucket"].pk,
            type=data["type"],
            frequency=data["frequency"],
            range_kind=data["range"],
            first_day=days.first,
            last_day=days.last,
            format=data["format"],
            event_names=tuple(sorted(data["events"])) if selected else (),
            encode=EncodeOptions(
                identifiers=identifiers,
                clevertap_id=data["clevertap_id"],
                event_name_line=data["first_line"] == "event_name",
            ),
            manifest=data["manifest"],
        )

    def _range_choices(self) -> list[tuple[str, str]]:
        return [
            (key, f"{kind.label} ({kind.days(self.today)})" if kind.days else kind.label)
            for key, kind in RANGE_KINDS.items()
        ]

    def _choice(self, name: str) -> Any:
        return self.fields[name]

    def _say(self, field: str, message: str) -> None:
        self.add_error(field, ValidationError(message))


class ExportFilterForm(forms.Form):
    """What the list may be narrowed to. Anything that cannot be read is left out."""

    q = forms.CharField(label="Request ID", required=False, max_length=20)
    type = forms.ChoiceField(
        required=False, choices=[("", "Any type"), *Export.Type.choices], label="Type"
    )
    status = forms.ChoiceField(
        required=False, choices=[("", "Any status"), *Export.Status.choices], label="Status"
    )
    format = forms.ChoiceField(
        required=False,
        choices=[("", "Any format"), *((spec.key, spec.label) for spec in FORMATS.values())],
        label="Format",
    )
    exported_from = forms.DateField(
        label="Exported from", required=False, widget=forms.DateInput(DATE_INPUT)
    )
    exported_to = forms.DateField(label="to", required=False, widget=forms.DateInput(DATE_INPUT))

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self._zone = account.zone

    def narrow(self, exports: Any) -> Any:
        self.is_valid()
        data = self.cleaned_data
        if data.get("q"):
            exports = exports.filter(request_id=_number(data["q"]))
        for name in ("type", "status", "format"):
            if data.get(name):
                exports = exports.filter(**{name: data[name]})
        if data.get("exported_from"):
            exports = exports.filter(created_at__gte=self._midnight(data["exported_from"]))
        if data.get("exported_to"):
            after = data["exported_to"] + datetime.timedelta(days=1)
            exports = exports.filter(created_at__lt=self._midnight(after))
        return exports

    def _midnight(self, day: datetime.date) -> datetime.datetime:
        return datetime.datetime.combine(day, datetime.time(), self._zone)


def _number(text: str) -> int | None:
    """The request id that was typed; None, which no export has, for what is no number."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() else None
