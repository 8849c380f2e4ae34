"""The form of a recurring export that exists: everything but its type and its frequency."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.utils.encoding import force_str
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exports.forms import ExportForm
from exports.models import Export
from exports.selectors import encode_options

FIXED = ("type", "frequency")
# What a person sees as one setting, and the fields that it is made of.
SETTINGS = {
    _("Bucket"): ("bucket",),
    _("Events"): ("events",),
    _("Every"): ("interval",),
    _("Start"): ("start", "start_time"),
    _("Format"): ("format",),
    _("Identity"): ("identifier_1", "identifier_2", "identifier_3"),
    _("CleverTap ID"): ("clevertap_id",),
    _("First line"): ("first_line",),
    _("Values as strings"): ("values_as_strings",),
    _("Formula guard"): ("formula_guard",),
    _("Compression"): ("compress",),
    _("Manifest"): ("manifest",),
}


class ExportEditForm(ExportForm):
    """The settings of `export`, for changing.

    `version` names the settings that the form was opened with. Where they are no longer those of
    the export, the form is refused once: then `overtaken` names what is saved otherwise than typed.
    """

    version = forms.CharField(required=False)

    def __init__(self, *args: Any, export: Export, **kwargs: Any) -> None:
        self.export = export
        start = export.starts_at
        self.kept_start = start.astimezone(export.account.zone).date() if start else None
        saved = answers_of(export)
        kwargs["initial"] = {**saved, **kwargs.get("initial", {})}
        super().__init__(*args, account=export.account, partner=export.partner, **kwargs)
        self._saved = saved
        # Whoever saves a second time has seen what is saved now.
        self.shown_version = version_of(saved)
        self.overtaken: list[str] | None = None
        for name in FIXED:
            self.choice(name).disabled = True
            self.choice(name).choices = [
                choice for choice in self.choice(name).choices if choice[0] == saved[name]
            ]
        # An event that the catalogue has forgotten may stay chosen.
        known = {event.name for event in self.catalogue}
        lost = [(name, name) for name in export.event_names if name not in known]
        self.choice("events").choices = [*self.choice("events").choices, *lost]

    def check_blocker(self, frequency: str) -> None:
        """It is the recurring export itself that would be found."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("version") != version_of(self._saved):
            self.overtaken = self._differences()
            self.add_error(
                None, gettext("Somebody else has changed this export since you opened it.")
            )
        return data

    def _differences(self) -> list[str]:
        """What is saved otherwise than it was typed, in words: “Every: 6 hours”."""
        typed = self.as_chosen()
        return [
            f"{label}: {self._shown(names)}"
            for label, names in SETTINGS.items()
            if any(_plain(typed[name]) != _plain(self._saved[name]) for name in names)
        ]

    def _shown(self, names: tuple[str, ...]) -> str:
        return ", ".join(filter(None, (self._shown_field(name) for name in names)))

    def _shown_field(self, name: str) -> str:
        value = self._saved[name]
        if isinstance(value, bool):
            return gettext("on") if value else gettext("off")
        if name == "bucket":
            return self.export.bucket_nickname
        if isinstance(value, list):
            return ", ".join(value)
        labels = dict(getattr(self.fields[name], "choices", ()))
        return force_str(labels.get(value, value)).partition(" <")[0]


def answers_of(export: Export) -> dict[str, Any]:
    """The export's settings as the form's fields hold them."""
    chosen = encode_options(export)
    start = export.starts_at.astimezone(export.account.zone) if export.starts_at else None
    identifiers = dict(enumerate(chosen.identifiers, 1))
    return {
        "bucket": export.connection_id,
        "type": export.type,
        "frequency": export.frequency,
        "events": list(export.event_names),
        "interval": str(export.interval_hours or ""),
        "start": start.date() if start else None,
        "start_time": f"{start:%H:%M}" if start else "",
        "format": export.format,
        **{f"identifier_{place}": identifiers.get(place, "") for place in (1, 2, 3)},
        "clevertap_id": chosen.clevertap_id,
        "first_line": "event_name" if chosen.event_name_line else "record",
        "values_as_strings": chosen.values_as_strings,
        "formula_guard": chosen.formula_guard,
        "compress": chosen.compress and not export.is_of_profiles,
        "manifest": bool(export.options.get("manifest")),
    }


def version_of(answers: dict[str, Any]) -> str:
    """A short name of these settings; what a worker notes on the export is no change of them."""
    text = json.dumps(answers, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """A value as it compares: what a browser sends is text."""
    if isinstance(value, list):
        return sorted(value)
    return value if isinstance(value, bool) else str(value or "")
