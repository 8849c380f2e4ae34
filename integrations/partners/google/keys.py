"""[pure] A service account key, and every way in which a pasted key is wrong.

Only the fields that we use are kept. Nothing here calls anybody, and no message repeats the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.core.faults import error
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.google import faults
from integrations.partners.google.faults import MAKE_A_KEY
from integrations.partners.google.private_key import check_private_key

KEY_MAX_BYTES = 20_000
REQUIRED = ("project_id", "private_key_id", "private_key", "client_email", "token_uri")
GOOGLE_UNIVERSE = "googleapis.com"

# What people paste instead, by the `type` (or the outermost name) of the credential.
OTHER_KINDS = {
    "authorized_user": gettext_noop(
        "the sign-in of a person (made by gcloud auth application-default login)"
    ),
    "external_account": gettext_noop("a workload identity federation configuration"),
    "external_account_authorized_user": gettext_noop("a workforce identity federation sign-in"),
    "impersonated_service_account": gettext_noop(
        "a configuration for impersonating a service account"
    ),
    "gdch_service_account": gettext_noop("a key of Google Distributed Cloud"),
    "installed": gettext_noop("an OAuth client of a desktop application"),
    "web": gettext_noop("an OAuth client of a web application"),
    "accessId": gettext_noop("an HMAC key"),
    "access_key": gettext_noop("an HMAC key"),
    "apiKey": gettext_noop("an API key"),
}

# Also keeps these values harmless where they are shown inside a command to copy.
_PLAIN = {
    "project_id": re.compile(r"[a-z0-9][a-z0-9.:-]{0,199}"),
    "private_key_id": re.compile(r"[A-Za-z0-9_-]{1,100}"),
    "client_email": re.compile(r"[A-Za-z0-9._%+-]{1,100}@[A-Za-z0-9.-]{3,150}"),
}


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
        raise error(faults.KEY_TOO_LARGE)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as broken:
        raise error(
            faults.KEY_NOT_JSON,
            line=broken.lineno,
            column=broken.colno,
            likely_cause_and_what_to_do=_why_not_json(text, broken),
        ) from None  # the original carries the whole text, key and all
    except RecursionError:
        raise error(faults.KEY_TOO_DEEP) from None
    if not isinstance(value, dict):
        raise error(faults.KEY_NOT_OBJECT, kind=_json_kind(value))
    return value


def _why_not_json(text: str, broken: json.JSONDecodeError) -> str:
    if text.startswith("-----BEGIN"):
        return gettext_noop(
            "This is only the private key. Paste the whole key file, from {{ to }}."
        ).format()
    if text.startswith(("AIza", "GOOG")):
        return gettext_noop("This looks like an API key or an HMAC key. {what_to_do}").format(
            what_to_do=MAKE_A_KEY
        )
    if "control character" in broken.msg:
        return gettext_noop(
            "A line breaks inside a value: the private key must stay on one line, with \\n written "
            "as two characters. Copy the file as it is, or choose the file instead of pasting."
        )
    if any(quote in text for quote in "“”„"):
        return gettext_noop(
            "The quotes were changed by an editor. Copy the file as it is, or choose the file."
        )
    if text.startswith("{") and not text.endswith("}"):
        return gettext_noop(
            "The end is missing. Copy the whole file, up to the last }, or choose the file."
        )
    return gettext_noop(
        "Copy the whole key file, from the first {{ to the last }}, or choose the file."
    ).format()


def _json_kind(value: object) -> str:
    kinds = {
        list: gettext_noop("a list"),
        str: gettext_noop("a text"),
        bool: gettext_noop("true or false"),
        type(None): "null",
    }
    return kinds.get(type(value), gettext_noop("a number"))


def check_kind(value: dict[str, Any]) -> None:
    """Raises unless this is a service account key of Google Cloud itself."""
    if value.get("type") == "service_account":
        return
    named = value.get("type")
    kind = OTHER_KINDS.get(named) if isinstance(named, str) else None
    kind = kind or next((words for name, words in OTHER_KINDS.items() if name in value), None)
    if kind:
        raise error(faults.KEY_OTHER_KIND, kind=kind)
    if "type" in value:
        raise error(faults.KEY_UNKNOWN_KIND)
    raise error(faults.KEY_NO_TYPE)


def check_fields(value: dict[str, Any]) -> None:
    missing = [name for name in REQUIRED if not _is_text(value.get(name))]
    if missing:
        raise _fields_missing(missing)
    for name, pattern in _PLAIN.items():
        if not pattern.fullmatch(value[name]):
            raise error(faults.KEY_FIELD_INVALID, field=name)


def _fields_missing(names: list[str]) -> PermanentError | TransientError:
    if len(names) == 1:
        return error(faults.KEY_FIELD_MISSING, field=names[0])
    *others, last = names
    return error(faults.KEY_FIELDS_MISSING, fields=", ".join(others), last_field=last)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def check_addresses(value: dict[str, Any], token_urls: Sequence[str]) -> None:
    """Raises unless the key sends us to Google: we would call whatever address it names."""
    if value["token_uri"] not in token_urls:
        raise error(faults.KEY_TOKEN_ADDRESS, addresses=" or ".join(token_urls))
    if value.get("universe_domain", GOOGLE_UNIVERSE) != GOOGLE_UNIVERSE:
        raise error(faults.KEY_UNIVERSE)
