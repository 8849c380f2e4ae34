"""The block of one bucket: nickname, key (pasted or as a file), bucket name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.errors import PermanentError
from integrations.forms import ConnectionForm, ReplaceKeyForm, error_in_words, nickname_field
from integrations.models import Connection
from integrations.partners.gcs.config import GcsConfig, clean_bucket_name
from integrations.partners.google.forms import KeyFields
from integrations.partners.google.keys import ServiceAccountKey

KEY_TESTIDS = {
    "service_account_key": "bucket-key",
    "service_account_key_file": "bucket-key-file",
}


class BucketForm(KeyFields, ConnectionForm):
    """One bucket to connect."""

    testids: ClassVar[Mapping[str, str]] = {
        "nickname": "bucket-nickname",
        **KEY_TESTIDS,
        "bucket_name": "bucket-name",
    }

    nickname = nickname_field(
        _("Bucket nickname"), _("How exports name this bucket. Unique in the account.")
    )
    bucket_name = forms.CharField(
        label=_("Bucket name"),
        max_length=222,
        help_text=_("Exactly as the Google Cloud console shows it."),
        error_messages={"required": _("Enter the name of the bucket.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_bucket_name(self) -> str:
        try:
            return clean_bucket_name(self.cleaned_data["bucket_name"])
        except PermanentError as problem:
            raise forms.ValidationError(error_in_words(problem), code=problem.code) from problem

    def target(self) -> str:
        return str(self.cleaned_data["bucket_name"])

    def config_text(self) -> str:
        return config_text(self.cleaned_data["bucket_name"], self.cleaned_data["key"])

    @classmethod
    def typed(cls, nickname: str, target: str) -> dict[str, str]:
        return {"nickname": nickname, "bucket_name": target}


class NewKeyForm(KeyFields, ReplaceKeyForm):
    """A new key for a connected bucket."""

    testids: ClassVar[Mapping[str, str]] = KEY_TESTIDS

    def config_text(self, connection: Connection) -> str:
        return config_text(connection.target, self.cleaned_data["key"])


def config_text(bucket_name: str, key: ServiceAccountKey) -> str:
    return GcsConfig(bucket_name, key, settings.GOOGLE_STORAGE_URL).as_text()
