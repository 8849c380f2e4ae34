"""[pure] Why Google's token endpoint said no. The words are in `faults.py`."""

from __future__ import annotations

from google.auth.exceptions import RefreshError

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.faults import Fault, error
from integrations.partners.gcs import faults

# The endpoint has no finer codes than `invalid_grant`, so its description decides: the first words
# that occur in it.
BY_WORDS: dict[str, Fault] = {
    "timeframe": faults.CLOCK_SKEW,
    "iat and exp": faults.CLOCK_SKEW,
    "rate_limit": faults.SIGN_IN_UNAVAILABLE,
    "account not found": faults.ACCOUNT_NOT_FOUND,
    "disabled": faults.ACCOUNT_DISABLED,
    "signature": faults.KEY_DELETED,
    "no valid verifier": faults.KEY_DELETED,
    "key not found": faults.KEY_DELETED,
    "expired": faults.KEY_DELETED,
}


def translate_refusal(refusal: RefreshError, client_email: str, project_id: str) -> PartnersError:
    return error(fault_of_refusal(refusal), client_email=client_email, project_id=project_id)


def fault_of_refusal(refusal: RefreshError) -> Fault:
    if refusal.retryable:
        return faults.SIGN_IN_UNAVAILABLE
    if not is_json(refusal):
        return faults.NOT_GOOGLE
    text = str(refusal.args[0]).lower()
    for words, fault in BY_WORDS.items():
        if words in text:
            return fault
    return faults.TOKEN_REFUSED


def is_json(refusal: RefreshError) -> bool:
    """Google's library passes on what it could parse; a page of a proxy it passes on as text."""
    return len(refusal.args) > 1 and isinstance(refusal.args[1], dict)
