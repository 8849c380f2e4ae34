"""[pure] What a Google Cloud connection is made of: a bucket and a key."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from clevertap_partners.core.faults import error
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.gcs import faults
from integrations.partners.google.keys import ServiceAccountKey, parse_json, parse_key

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


@dataclass(frozen=True)
class GoogleEndpoints:
    """The addresses that we may call."""

    token_urls: tuple[str, ...]
    storage_url: str


@dataclass(frozen=True)
class GcsConfig:
    """All that is needed to write to one bucket. `user_project` pays where the requester must."""

    bucket_name: str
    key: ServiceAccountKey
    storage_url: str
    user_project: str = ""

    def as_text(self) -> str:
        """What is stored, encrypted. Holds the secret."""
        return json.dumps(
            {
                "bucket_name": self.bucket_name,
                "user_project": self.user_project,
                "key": self.key.as_info(),
            }
        )

    def billed_to_key_project(self) -> GcsConfig:
        return replace(self, user_project=self.key.project_id)


def config_from_text(text: str, endpoints: GoogleEndpoints) -> GcsConfig:
    """The stored connection, checked again: the addresses that we may call can have changed."""
    stored = parse_json(text)
    return config_of(stored, parse_key(json.dumps(stored["key"]), endpoints.token_urls), endpoints)


def config_of(
    stored: dict[str, Any], key: ServiceAccountKey, endpoints: GoogleEndpoints
) -> GcsConfig:
    return GcsConfig(
        stored["bucket_name"], key, endpoints.storage_url, stored.get("user_project", "")
    )


def clean_bucket_name(name: str) -> str:
    """The name as it must be. Raises PermanentError with the likely right one."""
    name = name.strip()
    if _BUCKET.fullmatch(name):
        return name
    guess = re.sub(r"\s+", "-", name.removeprefix("gs://").split("/")[0].lower())
    wrong = _what_is_wrong(name)
    if _BUCKET.fullmatch(guess) and guess != name:
        wrong = gettext_noop("{what_is_wrong} Did you mean {guess}?").format(
            what_is_wrong=wrong, guess=guess
        )
    raise error(faults.BUCKET_NAME_INVALID, what_is_wrong=wrong)


def _what_is_wrong(name: str) -> str:
    if name.startswith("gs://") or "/" in name:
        return gettext_noop("Enter the bucket's name alone, without gs:// and without a folder.")
    if name != name.lower():
        return gettext_noop("Bucket names have no capital letters.")
    if re.search(r"\s", name):
        return gettext_noop("Bucket names have no spaces.")
    if len(name) < 3:
        return gettext_noop("Bucket names have at least three characters.")
    return gettext_noop(
        "Bucket names hold small letters, digits, dots, dashes and underscores only."
    )
