"""[pure] What a Google Cloud connection is made of, and every way in which a pasted key is wrong.

Only the fields that we use are kept. Nothing here calls anybody, and no message repeats the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clevertap_partners.core.errors import PermanentError
from integrations.partners.gcs.private_key import check_private_key

KEY_MAX_BYTES = 20_000
REQUIRED = ("project_id", "private_key_id", "private_key", "client_email", "token_uri")
GOOGLE_UNIVERSE = "googleapis.com"
MAKE_A_KEY = (
    "In the Google Cloud console open IAM & Admin, Service accounts, your account, Keys, "
    "then Add key, Create new key, JSON, and use that file."
)

# What people paste instead, by the `type` (or the outermost name) of the credential.
OTHER_KINDS = {
    "authorized_user": "the sign-in of a person (made by gcloud auth application-default login)",
    "external_account": "a workload identity federation configuration",
    "external_account_authorized_user": "a workforce identity federation sign-in",
    "impersonated_service_account": "a configuration for impersonating a service account",
    "gdch_service_account": "a key of Google Distributed Cloud",
    "installed": "an OAuth client of a desktop application",
    "web": "an OAuth client of a web application",
    "accessId": "an HMAC key",
    "access_key": "an HMAC key",
    "apiKey": "an API key",
}

# Also keeps these values harmless where they are shown inside a command to copy.
_PLAIN = {
    "project_id": re.compile(r"[a-z0-9][a-z0-9.:-]{0,199}"),
    "private_key_id": re.compile(r"[A-Za-z0-9_-]{1,100}"),
    "client_email": re.compile(r"[A-Za-z0-9._%+-]{1,100}@[A-Za-z0-9.-]{3,150}"),
}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


@dataclass(frozen=True)
class ServiceAccountKey:
    """The key file of a service account, checked."""

    project_id: str
    private_key_id: str
    client_email: str
    token_uri: str
    private_key: str = field(repr=False)

    def as_info(self) -> dict[str, str]:
        """The shape that Google's own library reads. Holds the secret."""
        return {
            "type": "service_account",
            "project_id": self.project_id,
            "private_key_id": self.private_key_id,
            "private_key": self.private_key,
            "client_email": self.client_email,
            "token_uri": self.token_uri,
        }


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
    return GcsConfig(
        bucket_name=stored["bucket_name"],
        key=parse_key(json.dumps(stored["key"]), endpoints.token_urls),
        storage_url=endpoints.storage_url,
        user_project=stored.get("user_project", ""),
    )


def parse_key(text: str, token_urls: Sequence[str]) -> ServiceAccountKey:
    """The key of a pasted text. Raises PermanentError that says what is wrong and what to do."""
    value = parse_json(text)
    check_kind(value)
    check_fields(value)
    check_private_key(value["private_key"])
    check_addresses(value, token_urls)
    return key_of(value)


def key_of(value: dict[str, Any]) -> ServiceAccountKey:
    return ServiceAccountKey(**{name: value[name] for name in REQUIRED})


def parse_json(text: str) -> dict[str, Any]:
    text = text.strip().lstrip("\ufeff")
    if len(text.encode()) > KEY_MAX_BYTES:
        raise PermanentError(
            "This is longer than any service account key (20 kB).",
            code="key_too_large",
            fix=MAKE_A_KEY,
        )
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise PermanentError(
            f"The key is not JSON: line {error.lineno}, column {error.colno}.",
            code="key_not_json",
            fix=_why_not_json(text, error),
        ) from None  # the original carries the whole text, key and all
    except RecursionError:
        raise PermanentError(
            "The key is not JSON that a key file holds: it is nested too deeply.",
            code="key_not_json",
            fix=MAKE_A_KEY,
        ) from None
    if not isinstance(value, dict):
        raise PermanentError(
            f"The key is JSON, but {_json_kind(value)} instead of an object.",
            code="key_not_object",
            fix="Paste the whole key file, from the first { to the last }.",
        )
    return value


def _why_not_json(text: str, error: json.JSONDecodeError) -> str:
    if text.startswith("-----BEGIN"):
        return "This is only the private key. Paste the whole key file, from { to }."
    if text.startswith(("AIza", "GOOG")):
        return f"This looks like an API key or an HMAC key. {MAKE_A_KEY}"
    if "control character" in error.msg:
        return (
            "A line breaks inside a value: the private key must stay on one line, with \\n written "
            "as two characters. Copy the file as it is, or choose the file instead of pasting."
        )
    if any(quote in text for quote in "“”„"):
        return "The quotes were changed by an editor. Copy the file as it is, or choose the file."
    if text.startswith("{") and not text.endswith("}"):
        return "The end is missing. Copy the whole file, up to the last }, or choose the file."
    return "Copy the whole key file, from the first { to the last }, or choose the file."


def _json_kind(value: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def check_kind(value: dict[str, Any]) -> None:
    """Raises unless this is a service account key of Google Cloud itself."""
    if value.get("type") == "service_account":
        return
    named = value.get("type")
    kind = OTHER_KINDS.get(named) if isinstance(named, str) else None
    kind = kind or next((words for name, words in OTHER_KINDS.items() if name in value), None)
    if kind:
        raise PermanentError(
            f"This is {kind}, not the key of a service account.", code="key_kind", fix=MAKE_A_KEY
        )
    if "type" in value:
        raise PermanentError(
            "The field type is not service_account: this is another kind of credential.",
            code="key_kind",
            fix=MAKE_A_KEY,
        )
    raise PermanentError(
        "The field type is missing: a service account key says type service_account.",
        code="key_fields_missing",
        fix=MAKE_A_KEY,
    )


def check_fields(value: dict[str, Any]) -> None:
    missing = [name for name in REQUIRED if not _is_text(value.get(name))]
    if missing:
        raise PermanentError(
            f"The key lacks {' and '.join(', '.join(missing).rsplit(', ', 1))}.",
            code="key_fields_missing",
            fix="Copy the whole key file, from the first { to the last }, or choose the file.",
        )
    for name, pattern in _PLAIN.items():
        if not pattern.fullmatch(value[name]):
            raise PermanentError(
                f"The field {name} of the key does not look like one that Google makes.",
                code="key_field_invalid",
                fix="Use the key file as Google made it, unchanged.",
            )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def check_addresses(value: dict[str, Any], token_urls: Sequence[str]) -> None:
    """Raises unless the key sends us to Google: we would call whatever address it names."""
    if value["token_uri"] not in token_urls:
        raise PermanentError(
            "The key names a token address that is not Google's (token_uri). We did not call it.",
            code="key_token_address",
            fix=f"Use the key file as Google made it; its token_uri is {' or '.join(token_urls)}.",
        )
    if value.get("universe_domain", GOOGLE_UNIVERSE) != GOOGLE_UNIVERSE:
        raise PermanentError(
            "The key belongs to another cloud than googleapis.com (universe_domain).",
            code="key_universe",
            fix="Use a key of a project at console.cloud.google.com.",
        )


def clean_bucket_name(name: str) -> str:
    """The name as it must be. Raises PermanentError with the likely right one."""
    name = name.strip()
    if _BUCKET.fullmatch(name):
        return name
    guess = re.sub(r"\s+", "-", name.removeprefix("gs://").split("/")[0].lower())
    hint = f" Did you mean {guess}?" if _BUCKET.fullmatch(guess) and guess != name else ""
    raise PermanentError(
        f"{_what_is_wrong(name)}{hint}",
        code="bucket_name_invalid",
        fix="Use the name exactly as the list of buckets in the Google Cloud console shows it.",
    )


def _what_is_wrong(name: str) -> str:
    if name.startswith("gs://") or "/" in name:
        return "Enter the bucket's name alone, without gs:// and without a folder."
    if name != name.lower():
        return "Bucket names have no capital letters."
    if re.search(r"\s", name):
        return "Bucket names have no spaces."
    if len(name) < 3:
        return "Bucket names have at least three characters."
    return "Bucket names hold small letters, digits, dots, dashes and underscores only."
