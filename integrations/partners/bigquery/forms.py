"""The form of one database: its name, the project, the dataset and a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.errors import PermanentError
from integrations.forms import ConnectionForm, ReplaceKeyForm, error_in_words, nickname_field
from integrations.models import Connection
from integrations.partners.bigquery.config import (
    BigQueryConfig,
    clean_dataset_id,
    clean_project_id,
    split_target,
)
from integrations.partners.google.forms import TabbedKeyFields

FIELDS = "integrations/bigquery/_fields.html"
KEY_TESTIDS = {"service_account_key_file": "bq-key-file", "service_account_key": "bq-key-text"}
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class DatabaseForm(TabbedKeyFields, ConnectionForm):
    """One dataset to connect."""

    name_field = "connection_name"
    is_numbered = False
    fields_template = FIELDS
    testids: ClassVar[Mapping[str, str]] = {
        "connection_name": "bq-name",
        "project_id": "bq-project",
        "dataset_id": "bq-dataset",
        **KEY_TESTIDS,
    }

    connection_name = nickname_field(
        _("Connection name"), _("How imports name this database. Unique in the account.")
    )
    project_id = forms.CharField(
        label=_("Project ID"),
        required=False,
        max_length=200,
        help_text=_("The Google Cloud project. Left empty, it is the project of the key."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    dataset_id = forms.CharField(
        label=_("Dataset ID"),
        max_length=1024,
        help_text=_("The dataset whose tables are imported, without the project."),
        error_messages={"required": _("Enter the id of the dataset.")},
        widget=forms.TextInput(attrs=_PLAIN),
    )

    def clean_project_id(self) -> str:
        text = str(self.cleaned_data["project_id"])
        return checked(clean_project_id, text) if text else ""

    def clean_dataset_id(self) -> str:
        return checked(clean_dataset_id, str(self.cleaned_data["dataset_id"]))

    def clean(self) -> dict[str, Any]:
        super().clean()
        key = self.cleaned_data.get("key")
        if key and self.cleaned_data.get("project_id") == "":
            self.cleaned_data["project_id"] = key.project_id
        return self.cleaned_data

    def target(self) -> str:
        return self._config().target

    def config_text(self) -> str:
        return self._config().as_text()

    def _config(self) -> BigQueryConfig:
        data = self.cleaned_data
        return BigQueryConfig(data["project_id"], data["dataset_id"], data["key"])

    @classmethod
    def typed(cls, nickname: str, target: str) -> dict[str, str]:
        project_id, dataset_id = split_target(target)
        return {
            "connection_name": nickname,
            "project_id": project_id,
            "dataset_id": dataset_id,
        }


class NewKeyForm(TabbedKeyFields, ReplaceKeyForm):
    """A new key for a connected dataset."""

    is_numbered = False
    fields_template = FIELDS
    testids: ClassVar[Mapping[str, str]] = KEY_TESTIDS

    def config_text(self, connection: Connection) -> str:
        project_id, dataset_id = split_target(connection.target)
        return BigQueryConfig(project_id, dataset_id, self.cleaned_data["key"]).as_text()


def checked(clean: Any, text: str) -> str:
    try:
        return str(clean(text))
    except PermanentError as problem:
        raise forms.ValidationError(error_in_words(problem), code=problem.code) from problem
