"""[pure] Why Google's token endpoint said no, in our words."""

from __future__ import annotations

from collections.abc import Callable

from google.auth.exceptions import RefreshError

from clevertap_partners.core.errors import PartnersError, PermanentError, TransientError


def translate_refusal(error: RefreshError, client_email: str, project_id: str) -> PartnersError:
    """Matches the words of the endpoint's error description: it has no finer codes."""
    if error.retryable:
        return endpoint_busy()
    text = str(error.args[0] if error.args else "").lower()
    for words, explain in _EXPLANATIONS.items():
        if words in text:
            return explain(client_email, project_id)
    return token_refused(client_email, project_id)


def endpoint_busy() -> TransientError:
    return TransientError(
        "Google's sign-in service did not answer in time.",
        code="google_unavailable",
        fix="Nothing to do: we try again by ourselves.",
    )


def clock_skew(_client_email: str, _project_id: str) -> TransientError:
    return TransientError(
        "Google says that the clock of our server is wrong.",
        code="clock_skew",
        fix="This is ours to mend; your key was not judged. We try again by ourselves.",
    )


def key_deleted(client_email: str, _project_id: str) -> PermanentError:
    return PermanentError(
        f"Google does not know this key of {client_email}: it was deleted, disabled or is over.",
        code="key_deleted",
        fix="Make a new key for the service account and use that:\n"
        f"gcloud iam service-accounts keys create key.json --iam-account={client_email}",
    )


def account_not_found(client_email: str, project_id: str) -> PermanentError:
    # Google answers the same for a deleted and for a disabled account.
    return PermanentError(
        f"The service account {client_email} was deleted or is disabled.",
        code="account_not_found",
        fix="Look whether it is in the list. Enable it there, or make a new one and a key for it:\n"
        f"gcloud iam service-accounts list --project={project_id}",
    )


def account_disabled(client_email: str, _project_id: str) -> PermanentError:
    return PermanentError(
        f"The service account {client_email} is disabled.",
        code="account_disabled",
        fix=f"Enable it again:\ngcloud iam service-accounts enable {client_email}",
    )


def token_refused(client_email: str, _project_id: str) -> PermanentError:
    return PermanentError(
        f"Google refused to sign in {client_email} with this key.",
        code="token_refused",
        fix="Make a new key for the service account and use that:\n"
        f"gcloud iam service-accounts keys create key.json --iam-account={client_email}",
    )


# The first words that occur decide.
_EXPLANATIONS: dict[str, Callable[[str, str], PartnersError]] = {
    "timeframe": clock_skew,
    "iat and exp": clock_skew,
    "account not found": account_not_found,
    "disabled": account_disabled,
    "signature": key_deleted,
    "no valid verifier": key_deleted,
    "key not found": key_deleted,
    "expired": key_deleted,
}
