"""[pure] Why Google's token endpoint said no. The words are in `faults.py`."""

from __future__ import annotations

import re

from google.auth.exceptions import RefreshError

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.faults import Fault, error
from integrations.partners.google import faults

# Only these say something of the key or its account; every other error is ours or Google's.
ABOUT_THE_KEY = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})
# They have no finer codes, so the description decides: the first words that occur in it.
BY_WORDS: dict[str, Fault] = {
    "timeframe": faults.CLOCK_SKEW,
    "iat and exp": faults.CLOCK_SKEW,
    "account not found": faults.ACCOUNT_NOT_FOUND,
    "disabled": faults.ACCOUNT_DISABLED,
    "signature": faults.KEY_DELETED,
    "no valid verifier": faults.KEY_DELETED,
    "key not found": faults.KEY_DELETED,
    "expired": faults.KEY_DELETED,
}
PASSING = frozenset(
    {"rate_limit_exceeded", "server_error", "temporarily_unavailable", "internal_failure"}
)


def translate_refusal(refusal: RefreshError, client_email: str, project_id: str) -> PartnersError:
    return error(fault_of_refusal(refusal), client_email=client_email, project_id=project_id)


def fault_of_refusal(refusal: RefreshError) -> Fault:
    if refusal.retryable:
        return faults.SIGN_IN_UNAVAILABLE
    code = oauth_error(refusal)
    if not code:
        return faults.NOT_GOOGLE
    text = str(refusal.args[0]).lower()
    if code in PASSING:
        return faults.SIGN_IN_UNAVAILABLE
    if code in ABOUT_THE_KEY:
        return next(
            (fault for words, fault in BY_WORDS.items() if words in text), faults.TOKEN_REFUSED
        )
    if re.search(r"\b(account|client)\b.{0,30}\bdisabled\b", text):
        return faults.ACCOUNT_DISABLED
    return faults.SIGN_IN_REFUSED


def oauth_error(refusal: RefreshError) -> str:
    """Google's library passes on what it could parse; a page of a proxy it passes on as text."""
    body = refusal.args[1] if len(refusal.args) > 1 else None
    code = body.get("error") if isinstance(body, dict) else None
    return code if isinstance(code, str) else ""
