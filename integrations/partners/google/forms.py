"""The fields of a service account key: pasted, or as a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.faults import error
from integrations.forms import BlockForm, SecretTextarea, error_in_words
from integrations.partners.google import faults
from integrations.partners.google.keys import KEY_MAX_BYTES, ServiceAccountKey, parse_key

KEY_EMPTY = _(faults.KEY_EMPTY.happened)
FILE_MISSING = _("Choose the key file, or paste the key on the other tab.")


class KeyFields(BlockForm):
    """A service account key, pasted or as a file; `cleaned_data["key"]` is the checked key."""

    service_account_key = forms.CharField(
        label=_("Service Account Key"),
        strip=False,
        error_messages={"required": KEY_EMPTY},
        help_text=_("Paste the whole JSON key file. It is stored encrypted and never shown again."),
        widget=SecretTextarea(
            attrs={"rows": 5, "class": "mono", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    service_account_key_file = forms.FileField(
        label=_("Or choose the key file"),
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

    def _chosen_file(self) -> UploadedFile[bytes] | None:
        found: UploadedFile[bytes] | None = self.cleaned_data.get("service_account_key_file")
        return found

    def _checked_key(self) -> ServiceAccountKey | None:
        upload = self._chosen_file()
        field = "service_account_key_file" if upload else "service_account_key"
        if self.has_error(field):
            return None
        try:
            text = read_key(upload) if upload else self.cleaned_data["service_account_key"]
            return parse_key(not_empty(text), settings.GOOGLE_TOKEN_URLS)
        except PermanentError as problem:
            self.add_error(field, error_in_words(problem))
            return None


class TabbedKeyFields(KeyFields):
    """The same, each way of giving the key on a tab of its own; the tab in front counts."""

    key_tab = forms.ChoiceField(
        label=_("Google Service Account Key"),
        required=False,
        choices=[("file", _("Upload JSON file")), ("text", _("Custom key"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_account_key_file"].label = _("JSON key file")
        self.fields["service_account_key"].label = _("Custom key")
        if self.tab == "file":
            self.fields["service_account_key"].required = False

    @property
    def tab(self) -> str:
        """The tab in front: as it was sent, or the one of the key that was sent."""
        sent = self.data.get(self.add_prefix("key_tab"))
        if sent in {"file", "text"}:
            return str(sent)
        return "text" if self.data.get(self.add_prefix("service_account_key")) else "file"

    def _chosen_file(self) -> UploadedFile[bytes] | None:
        return super()._chosen_file() if self.tab == "file" else None

    def _checked_key(self) -> ServiceAccountKey | None:
        field = "service_account_key_file"
        if self.tab == "file" and not self._chosen_file() and not self.has_error(field):
            self.add_error(field, FILE_MISSING)
            return None
        return super()._checked_key()


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
