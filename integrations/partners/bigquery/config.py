"""[pure] What a BigQuery connection is made of: a project, a dataset and a key."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from clevertap_partners.core.faults import error
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.bigquery import faults
from integrations.partners.google.keys import ServiceAccountKey, parse_json, parse_key

_PROJECT = re.compile(r"(?:[a-z0-9.-]{1,100}:)?[a-z][a-z0-9-]{2,61}[a-z0-9]")
_DATASET = re.compile(r"[A-Za-z0-9_]{1,1024}")


@dataclass(frozen=True)
class BigQueryEndpoints:
    """The addresses that we may call. `storage_address` is host:port of the Storage Read API;
    without `storage_tls` it is on this machine."""

    token_urls: tuple[str, ...]
    url: str
    storage_address: str
    storage_tls: bool = True


@dataclass(frozen=True)
class BigQueryConfig:
    """All that is needed to read one dataset."""

    project_id: str
    dataset_id: str
    key: ServiceAccountKey

    @property
    def target(self) -> str:
        return f"{self.project_id}.{self.dataset_id}"

    def as_text(self) -> str:
        """What is stored, encrypted. Holds the secret."""
        return json.dumps(
            {
                "project_id": self.project_id,
                "dataset_id": self.dataset_id,
                "key": self.key.as_info(),
            }
        )


def config_from_text(text: str, endpoints: BigQueryEndpoints) -> BigQueryConfig:
    """The stored connection, checked again: the addresses that we may call can have changed."""
    stored = parse_json(text)
    return config_of(stored, parse_key(json.dumps(stored["key"]), endpoints.token_urls))


def config_of(stored: dict[str, Any], key: ServiceAccountKey) -> BigQueryConfig:
    return BigQueryConfig(stored["project_id"], stored["dataset_id"], key)


def split_target(target: str) -> tuple[str, str]:
    """Project and dataset of project.dataset; a dataset's id holds no dot."""
    project_id, _, dataset_id = target.rpartition(".")
    return project_id, dataset_id


def clean_project_id(text: str) -> str:
    """The id as it must be. Raises PermanentError that says what is wrong."""
    text = text.strip()
    if _PROJECT.fullmatch(text):
        return text
    raise error(faults.PROJECT_ID_INVALID, what_is_wrong=_what_is_wrong_with_project(text))


def _what_is_wrong_with_project(text: str) -> str:
    if text.isdecimal():
        return gettext_noop("This is a project number; the project's id has letters.")
    if text != text.lower():
        return gettext_noop("A project's id has no capital letters; this may be its name.")
    if re.search(r"\s", text):
        return gettext_noop("A project's id has no spaces; this may be its name.")
    return gettext_noop(
        "A project's id holds small letters, digits and dashes, and begins with a letter."
    )


def clean_dataset_id(text: str) -> str:
    """The id as it must be. Raises PermanentError with the likely right one."""
    text = text.strip()
    if _DATASET.fullmatch(text):
        return text
    last = re.split(r"[.:]", text.strip("`"))[-1]
    is_likely = last != text and _DATASET.fullmatch(last)
    hint = gettext_noop(" Did you mean {guess}?").format(guess=last) if is_likely else ""
    raise error(faults.DATASET_ID_INVALID, hint=hint)
