"""The two kinds of failure: one that somebody has to mend, one that we try again."""

from __future__ import annotations

import enum
from typing import ClassVar


class Turn(enum.StrEnum):
    """Whose turn it is: who can mend what is wrong."""

    CUSTOMER = "customer"
    PARTNER = "partner"  # whoever runs the bucket's cloud
    US = "us"


class Remedy(enum.StrEnum):
    """Which drawer of the dashboard the customer mends it in."""

    CONNECTION = "connection"  # the bucket's credentials
    EXPORT = "export"  # the export's own settings
    IMPORT = "import"  # the import's own settings
    ELSEWHERE = ""  # with the partner, or nowhere


class PartnersError(Exception):
    """A failure in words that a person can act on.

    `code` is a stable short name such as `bucket_not_found`; `message` says what happened;
    `fix` says what to do about it; `help_url` is the partner's own page on it, if there is one.
    """

    default_turn: ClassVar[Turn] = Turn.US

    def __init__(
        self,
        message: str,
        *,
        code: str,
        fix: str = "",
        turn: Turn | None = None,
        remedy: Remedy = Remedy.ELSEWHERE,
        help_url: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.fix = fix
        self.turn = turn or self.default_turn
        self.remedy = remedy
        self.help_url = help_url


class PermanentError(PartnersError):
    """Trying again changes nothing until somebody acts: the customer, unless `turn` says else."""

    default_turn = Turn.CUSTOMER


class TransientError(PartnersError):
    """Trying again may help: we do, before we tell anybody."""


class LeaseLost(Exception):
    """Another worker holds the work now; this one must stop and write nothing more."""
