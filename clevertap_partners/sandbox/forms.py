"""Forms of the console. The gateway checks again and has the last word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.translated import translated
from clevertap_partners.sandbox.client import (
    DATA_VIEWER,
    JOB_USER,
    OBJECT_CREATOR,
    READ_SESSION_USER,
)
from clevertap_partners.sandbox.gateway.answers import ANSWERS

ROLES = (
    (OBJECT_CREATOR, _("Object Creator: may add objects, and nothing else")),
    ("roles/storage.objectViewer", _("Object Viewer: may list and read objects")),
    ("roles/storage.objectUser", _("Object User: may add, read, replace and delete objects")),
    ("roles/storage.legacyBucketReader", _("Bucket Reader: may look at the bucket, list objects")),
    ("roles/storage.admin", _("Storage Admin: may do everything with the bucket")),
)
NO_RIGHTS = "none"
HOLDS = (
    ("", _("No hold")),
    ("temporary", _("Temporary hold")),
    ("event-based", _("Event-based hold")),
)
LOCATIONS = ("EUROPE-WEST1", "EU", "US", "US-CENTRAL1", "ASIA-SOUTH1")


class AccountForm(forms.Form):
    prefix = "account"

    name = forms.CharField(
        label=_("Name"),
        min_length=6,
        max_length=30,
        help_text=_("6 to 30 lowercase letters, digits and hyphens."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=OBJECT_CREATOR)
    buckets = forms.MultipleChoiceField(
        label=_("On these buckets"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, buckets: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _tick_all(self, "buckets", buckets)


class BucketForm(forms.Form):
    prefix = "bucket"

    name = forms.CharField(
        label=_("Name"),
        max_length=63,
        help_text=_("3 to 63 lowercase letters, digits, hyphens, underscores and dots."),
    )
    location = forms.ChoiceField(
        label=_("Location"), choices=[(place, place) for place in LOCATIONS]
    )
    retention_days = forms.IntegerField(
        label=_("Retention in days"),
        required=False,
        min_value=0,
        max_value=36_500,
        help_text=_("Objects younger than this can be neither replaced nor deleted."),
    )
    grant_to = forms.MultipleChoiceField(
        label=_("Who may create objects"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, accounts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _tick_all(self, "grant_to", accounts)


class BucketChangeForm(forms.Form):
    retention_days = forms.IntegerField(
        label=_("Retention in days"), min_value=0, max_value=36_500, help_text=_("0 takes it away.")
    )
    requester_pays = forms.BooleanField(label=_("The requester pays"), required=False)


class RightsForm(forms.Form):
    email = forms.ChoiceField(label=_("Service account"))
    role = forms.ChoiceField(
        label=_("Role"), choices=[*ROLES, (NO_RIGHTS, _("No rights"))], initial=OBJECT_CREATOR
    )

    def __init__(self, *args: Any, accounts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_choices(self, "email", accounts)


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=lambda: [
            (name, f"{one.status} {translated(one.title)}") for name, one in ANSWERS.items()
        ],
        initial="permission_missing",
        help_text=_("Uploads to this bucket get it; a sign-in answer goes to every account."),
    )
    times = forms.IntegerField(
        label=_("How often"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=_("Left empty, until you let Google answer as usual."),
    )


class ImportKeyForm(forms.Form):
    prefix = "key"

    name = forms.CharField(
        label=_("Name"),
        min_length=6,
        max_length=30,
        help_text=_("6 to 30 lowercase letters, digits and hyphens."),
    )
    datasets = forms.MultipleChoiceField(
        label=_("May read these datasets"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, datasets: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _tick_all(self, "datasets", datasets)


class DatasetForm(forms.Form):
    prefix = "dataset"

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Letters, digits and underscores.")
    )
    location = forms.ChoiceField(
        label=_("Location"),
        choices=[(place, place) for place in ("EU", "US", *LOCATIONS[:1], *LOCATIONS[3:])],
    )


class BigQueryRoleForm(forms.Form):
    ROLES = (
        (JOB_USER, "Job User"),
        (READ_SESSION_USER, "Read Session User"),
        (DATA_VIEWER, "Data Viewer"),
    )

    email = forms.ChoiceField(label=_("Service account"))
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)

    def __init__(self, *args: Any, accounts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_choices(self, "email", accounts)


class HoldForm(forms.Form):
    name = forms.CharField(widget=forms.HiddenInput, max_length=1024)
    hold = forms.ChoiceField(label=_("Hold"), choices=HOLDS, required=False)


def _tick_all(form: forms.Form, name: str, values: Sequence[str]) -> None:
    """The newcomer's way: what exists is chosen until somebody says otherwise."""
    _set_choices(form, name, values)
    form.fields[name].initial = list(values)


def _set_choices(form: forms.Form, name: str, values: Sequence[str]) -> None:
    form.fields[name].choices = [(value, value) for value in values]  # type: ignore[attr-defined]  # a ChoiceField
