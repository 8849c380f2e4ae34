"""What was refused, and what to do about it, in the language of the reader."""

from __future__ import annotations

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.translated import translated


def said(error: PartnersError) -> str:
    return f"{translated(error.message)} {translated(error.fix)}".strip()
