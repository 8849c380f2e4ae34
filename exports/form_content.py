"""The part of the export form that says what is written, and into which bucket."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.eventstore.selectors import event_catalogue
from exports.fields import TYPE_HINTS, BucketField, FormatSelect, FormPart, explained
from exports.models import Export
from exports.pipeline.encode import FORMATS
from exports.pipeline.encode.base import IDENTIFIERS, EncodeOptions
from integrations.models import Connection
from integrations.selectors import connection_list

IDENTIFIER_LABELS = {"identity": _("Identity"), "email": _("Email"), "phone": _("Phone")}


class ContentPart(FormPart):
    """Bucket, type, events, format and options."""

    bucket = BucketField(
        Connection.objects.none(),
        label=_("Bucket"),
        empty_label=_("Choose a bucket"),
        error_messages={
            "required": _("Choose the bucket that the files go to."),
            "invalid_choice": _("This bucket is not among the saved ones; choose another."),
        },
    )
    type = forms.ChoiceField(
        label=_("Type"),
        choices=[(type_.value, explained(type_.label, TYPE_HINTS[type_])) for type_ in Export.Type],
        initial=Export.Type.ALL_EVENTS,
        widget=forms.RadioSelect,
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _(
                "“%(value)s” is not an event of this account; choose from the list."
            )
        },
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[(spec.key, explained(spec.label, _(spec.hint))) for spec in FORMATS.values()],
        initial="json",
        widget=FormatSelect,
    )
    identifier_1 = forms.ChoiceField(label=_("Identity comes from"), initial="identity")
    identifier_2 = forms.ChoiceField(label=_("else from"), required=False)
    identifier_3 = forms.ChoiceField(label=_("else from"), required=False)
    clevertap_id = forms.BooleanField(
        label=_("Include CleverTap ID"),
        required=False,
        help_text=_(
            "Our own id of the person’s device, beside your identity. For joining with other data "
            "of this dashboard."
        ),
    )
    first_line = forms.ChoiceField(
        label=_("First line of each file"),
        choices=[
            ("event_name", explained(_("The event’s name"), _("As older loaders expect it"))),
            (
                "record",
                explained(
                    _("A record"),
                    _("Plain NDJSON, with the name in each record: BigQuery loads it as it is"),
                ),
            ),
        ],
        initial="event_name",
        widget=forms.RadioSelect,
    )
    values_as_strings = forms.BooleanField(
        label=_("Write values as strings"),
        required=False,
        help_text=_(
            "For loaders that want one type per property, whatever was sent: JSON puts numbers and "
            "booleans into quotes, Parquet makes every property a column of text."
        ),
    )
    formula_guard = forms.BooleanField(
        label=_("Guard against spreadsheet formulas"),
        required=False,
        help_text=_(
            "For files that people open in a spreadsheet: a text that would run as a formula gets "
            "an apostrophe in front. Leave it off for loaders, which need the text as it is."
        ),
    )
    compress = forms.BooleanField(
        label=_("Compress with gzip"),
        required=False,
        help_text=_(
            "A fraction of the size in your bucket, and names that end in .gz. BigQuery, Spark and "
            "pandas read it as it is."
        ),
    )
    manifest = forms.BooleanField(
        label=_("Write a manifest"),
        required=False,
        initial=True,
        help_text=_("One more file, written last: every file with its rows, size and checksum."),
    )

    def offer_content(self, partner: str) -> None:
        """Offer what the account has: its buckets and its events."""
        self.choice("bucket").queryset = connection_list(account=self.account, partner=partner)
        self.catalogue = list(event_catalogue(account=self.account))
        self.choice("events").choices = [(event.name, event.name) for event in self.catalogue]
        identifiers = [(key, IDENTIFIER_LABELS[key]) for key in IDENTIFIERS]
        self.choice("identifier_1").choices = identifiers
        for name in ("identifier_2", "identifier_3"):
            self.choice(name).choices = [("", _("nothing")), *identifiers]

    def clean_selection(self, data: dict[str, Any]) -> None:
        selects = data.get("type") == Export.Type.SELECT_EVENTS
        if selects and not data.get("events") and "events" not in self.errors:
            self.say("events", gettext("Select at least one event, or export all events."))

    def clean_identifiers(self, data: dict[str, Any]) -> tuple[str, ...]:
        names = ("identifier_1", "identifier_2", "identifier_3")
        chosen = [data[name] for name in names if data.get(name)]
        for position, name in enumerate(names):
            if data.get(name) in [data.get(earlier) for earlier in names[:position]] and data[name]:
                self.say(name, gettext("This one is tried already; choose another or nothing."))
        return tuple(chosen)

    @staticmethod
    def encode_options(data: dict[str, Any], identifiers: tuple[str, ...]) -> EncodeOptions:
        return EncodeOptions(
            identifiers=identifiers,
            clevertap_id=data["clevertap_id"],
            values_as_strings=data.get("values_as_strings", False),
            compress=data.get("compress", False),
            event_name_line=data.get("first_line", "event_name") == "event_name",
            formula_guard=data.get("formula_guard", False),
        )
