"""[pure] Whether the private key of a key file can be read, and if not, what happened to it."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from clevertap_partners.core.faults import error
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.google import faults

_BEGIN = "-----BEGIN "
_END = "-----END "


def check_private_key(pem: str) -> None:
    """Raises PermanentError `key_private_key` unless this is an RSA key in PEM form."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise error(faults.KEY_UNREADABLE, likely_cause=_cause(pem)) from None
    if not isinstance(key, RSAPrivateKey):
        raise error(faults.KEY_NOT_RSA)


def _cause(pem: str) -> str:
    if _BEGIN not in pem:
        return gettext_noop("Its first line, -----BEGIN PRIVATE KEY-----, is missing.")
    if "\\n" in pem:
        return gettext_noop(
            "Its line breaks were escaped twice: it holds \\\\n where the file has \\n."
        )
    if _END not in pem:
        return gettext_noop("Its end is missing: the text was cut off.")
    if "ENCRYPTED" in pem:
        return gettext_noop("It is locked with a password.")
    return gettext_noop("Some of its characters were changed or lost on the way.")
