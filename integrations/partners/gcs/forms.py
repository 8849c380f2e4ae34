"""The block of one bucket: nickname, key (pasted or as a file), bucket name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.faults import error
from integrations.forms import (
    ConnectionForm,
    NumberedForm,
    ReplaceKeyForm,
    SecretTextarea,
    error_in_words,
)
from integrations.models import Connection
from integrations.partners.gcs import faults
from integrations.partners.gcs.config import (
    KEY_MAX_BYTES,
    GcsConfig,
    ServiceAccountKey,
    clean_bucket_name,
    parse_key,
)

KEY_EMPTY = faults.KEY_EMPTY.happened
KEY_TESTIDS = {
    "service_account_key": "bucket-key",
    "service_account_key_file": "bucket-key-file",
}


class KeyFields(NumberedForm):
    """A service account key, pasted or as a file; `cleaned_data["key"]` is the checked key."""

    service_account_key = forms.CharField(
        label="Service Account Key",
        strip=False,
        error_messages={"required": KEY_EMPTY},
        help_text="Paste the whole JSON key file. It is stored encrypted and never shown again.",
        widget=SecretTextarea(
            attrs={"rows": 5, "class": "mono", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    service_account_key_file = forms.FileField(
        label="Or choose the key file",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.add_prefix("service_account_key_file") in self.files:
            self.fields["service_account_key"].required = False

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.cleaned_data["key"] = self._checked_key()
        return self.cleaned_data

    def _checked_key(self) -> ServiceAccountKey | None:
        upload = self.cleaned_data.get("service_account_key_file")
        field = "service_account_key_file" if upload else "service_account_key"
        if self.has_error(field):
            return None
        try:
            text = read_key(upload) if upload else self.cleaned_data["service_account_key"]
            return parse_key(not_empty(text), settings.GOOGLE_TOKEN_URLS)
        except PermanentError as problem:
            self.add_error(field, error_in_words(problem))
            return None


class BucketForm(KeyFields, ConnectionForm):
    """One bucket to connect."""

    testids: ClassVar[Mapping[str, str]] = {
        "nickname": "bucket-nickname",
        **KEY_TESTIDS,
        "bucket_name": "bucket-name",
    }

    bucket_name = forms.CharField(
        label="Bucket name",
        max_length=222,
        help_text="Exactly as the Google Cloud console shows it.",
        error_messages={"required": "Enter the name of the bucket."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_bucket_name(self) -> str:
        try:
            return clean_bucket_name(self.cleaned_data["bucket_name"])
        except PermanentError as problem:
            raise forms.ValidationError(error_in_words(problem), code=problem.code) from problem

    def config_text(self) -> str:
        return config_text(self.cleaned_data["bucket_name"], self.cleaned_data["key"])


class NewKeyForm(KeyFields, ReplaceKeyForm):
    """A new key for a connected bucket."""

    testids: ClassVar[Mapping[str, str]] = KEY_TESTIDS

    def config_text(self, connection: Connection) -> str:
        return config_text(connection.bucket_name, self.cleaned_data["key"])


def config_text(bucket_name: str, key: ServiceAccountKey) -> str:
    return GcsConfig(bucket_name, key, settings.GOOGLE_STORAGE_URL).as_text()


def not_empty(text: str) -> str:
    if text.strip():
        return text
    raise error(faults.KEY_EMPTY)


def read_key(upload: UploadedFile[bytes]) -> str:
    if upload.size is None or upload.size > KEY_MAX_BYTES:
        raise error(faults.KEY_TOO_LARGE)
    try:
        return bytes(upload.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise error(faults.KEY_NOT_TEXT) from None  # the original carries the bytes of the file
