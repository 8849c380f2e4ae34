"""[pure] In which section of a partner's setup guide is a failure mended?"""

from __future__ import annotations

SECTIONS = {
    "key_deleted": "key",
    "token_refused": "key",
    "credentials_refused": "key",
    "sign_in_refused": "key",
    "account_not_found": "account",
    "account_disabled": "account",
    "project_id_invalid": "account",
    "project_not_found": "account",
    "bucket_name_invalid": "place",
    "bucket_not_found": "place",
    "dataset_id_invalid": "place",
    "dataset_not_found": "place",
    "permission_missing": "role",
    "read_session_forbidden": "role",
    "address_blocked": "addresses",
    "service_perimeter": "addresses",
}


def section_of(code: str) -> str:
    """The section of the guide that says how to mend a failure; empty when none does."""
    if code.startswith("key_"):
        return "key"
    return SECTIONS.get(code, "")
