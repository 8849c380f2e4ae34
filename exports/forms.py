"""The export form: what a person may choose, and the frozen spec that comes out of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.selectors import event_catalogue
from exports.fields import TYPE_HINTS, BucketField, FormatSelect, explained
from exports.models import Export
from exports.options import options_of
from exports.pipeline.encode import FORMATS
from exports.pipeline.encode.base import IDENTIFIERS, EncodeOptions
from exports.ranges import RANGE_KINDS, DayRange, earliest_day
from exports.selectors import recurring_profile_export
from exports.services import BesideRecurring
from exports.spec import ExportSpec
from integrations.models import Connection
from integrations.selectors import connection_list

DATE_INPUT = {"type": "date"}
# Where a range's days are entered; the other ranges know theirs.
DAY_FIELDS = {"specific_day": ("day",), "date_range": ("from", "to")}


class ExportForm(forms.Form):
    """A one-time export to a saved bucket.

    `blocker` is the export that stands in the way of this one, if any.
    """

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
        choices=[(type_.value, explained(type_.label, TYPE_HINTS[type_])) for type_ in Export.Type],
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
        choices=[(Export.Frequency.ONCE.value, Export.Frequency.ONCE.label)],
        initial=Export.Frequency.ONCE,
        widget=forms.RadioSelect,
    )
    range = forms.ChoiceField(label="Days", initial="last_7_days", widget=forms.Select)
    day = forms.DateField(label="Day", required=False, widget=forms.DateInput(DATE_INPUT))
    to = forms.DateField(label="To", required=False, widget=forms.DateInput(DATE_INPUT))
    format = forms.ChoiceField(
        label="Format",
        choices=[(spec.key, explained(spec.label, spec.hint)) for spec in FORMATS.values()],
        initial="json",
        widget=FormatSelect,
    )
    identifier_1 = forms.ChoiceField(label="Identity comes from", initial="identity")
    identifier_2 = forms.ChoiceField(label="else from", required=False)
    identifier_3 = forms.ChoiceField(label="else from", required=False)
    clevertap_id = forms.BooleanField(
        label="Include CleverTap ID",
        required=False,
        help_text="Our own id of the person’s device, beside your identity. For joining with other "
        "data of this dashboard.",
    )
    first_line = forms.ChoiceField(
        label="First line of each file",
        choices=[
            ("event_name", explained("The event’s name", "As older loaders expect it")),
            (
                "record",
                explained(
                    "A record",
                    "Plain NDJSON, with the name in each record: BigQuery loads it as it is",
                ),
            ),
        ],
        initial="event_name",
        widget=forms.RadioSelect,
    )
    values_as_strings = forms.BooleanField(
        label="Write values as strings",
        required=False,
        help_text="For loaders that want one type per property, whatever was sent: JSON puts "
        "numbers and booleans into quotes, Parquet makes every property a column of text.",
    )
    formula_guard = forms.BooleanField(
        label="Guard against spreadsheet formulas",
        required=False,
        help_text="For files that people open in a spreadsheet: a text that would run as a formula "
        "gets an apostrophe in front. Leave it off for loaders, which need the text as it is.",
    )
    compress = forms.BooleanField(
        label="Compress with gzip",
        required=False,
        help_text="A fraction of the size in your bucket, and names that end in .gz. BigQuery, "
        "Spark and pandas read it as it is.",
    )
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
        self._draft: ExportSpec | None = None
        self.blocker: Export | None = None
        self._account = account
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
        self._forget_what_does_not_apply(data)
        of_profiles = data.get("type") == Export.Type.ALL_USER_PROPERTIES
        days = None if of_profiles else self._clean_days(data)
        if of_profiles and (blocker := recurring_profile_export(account=self._account)):
            self.refuse(BesideRecurring(blocker))
        selects = data.get("type") == Export.Type.SELECT_EVENTS
        if selects and not data.get("events") and "events" not in self.errors:
            self._say("events", "Select at least one event, or export all events.")
        identifiers = self._clean_identifiers(data)
        if not self.errors.keys() - {"bucket"}:
            self._draft = self._spec(data, days, identifiers)
        return data

    def refuse(self, error: BesideRecurring) -> None:
        """Say which export stands in the way."""
        self.blocker = error.blocker
        self._say("type", f"{error.message} {error.fix}")

    @property
    def spec(self) -> ExportSpec:
        """What was asked for; only of a form that is valid but for its bucket."""
        if self._draft is None:
            raise RuntimeError("This form has no spec: it is not valid.")
        return self._draft

    def draft(self) -> ExportSpec | None:
        """The spec as soon as nothing is amiss but the bucket, which no estimate needs."""
        self.is_valid()
        return self._draft

    def missing(self) -> str:
        """What has to be put right before anybody can say how much this would export."""
        said = [str(messages[0]) for name, messages in self.errors.items() if name != "bucket"]
        return said[0] if said else ""

    def as_chosen(self) -> dict[str, Any]:
        """What was sent, field by field, for a form that shows it without judging it."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, name)
            for name, field in self.fields.items()
        }

    def _forget_what_does_not_apply(self, data: dict[str, Any]) -> None:
        """Fields that the other choices hide are neither missed nor looked at."""
        applies = {"bucket", "type", "frequency", "format", "clevertap_id", "manifest"}
        applies |= {name for name in self.fields if name.startswith("identifier_")}
        of_profiles = data.get("type") == Export.Type.ALL_USER_PROPERTIES
        if data.get("format"):
            applies |= options_of(data["format"], of_profiles=of_profiles)
        if data.get("type") == Export.Type.SELECT_EVENTS:
            applies |= {"events"}
        if not of_profiles:
            applies |= {"range", *DAY_FIELDS.get(data.get("range", ""), ())}
        for name in self.fields.keys() - applies:
            self.errors.pop(name, None)
            data.pop(name, None)

    def _clean_days(self, data: dict[str, Any]) -> DayRange | None:
        kind = RANGE_KINDS.get(data.get("range", ""))
        if kind is None:
            return None
        if kind.days is not None:
            return self._within(kind.days(self.today), "range", "range")
        names = DAY_FIELDS[data["range"]]
        for name in names:
            if data.get(name) is None and name not in self.errors:
                self._say(name, "Enter a date.")
        first, last = names[0], names[-1]
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
        self, data: dict[str, Any], days: DayRange | None, identifiers: tuple[str, ...]
    ) -> ExportSpec:
        bucket = data.get("bucket")
        return ExportSpec(
            connection_id=bucket.pk if bucket else 0,
            type=data["type"],
            frequency=data["frequency"],
            range_kind=data["range"] if days else "",
            first_day=days.first if days else None,
            last_day=days.last if days else None,
            format=data["format"],
            event_names=tuple(sorted(data.get("events", ()))),
            encode=EncodeOptions(
                identifiers=identifiers,
                clevertap_id=data["clevertap_id"],
                values_as_strings=data.get("values_as_strings", False),
                compress=data.get("compress", False),
                event_name_line=data.get("first_line", "event_name") == "event_name",
                formula_guard=data.get("formula_guard", False),
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
