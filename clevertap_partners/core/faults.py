"""[pure] What can go wrong, as tables: every part of the project has one in its `faults.py`.

`docs/errors.md` is generated from them (`python -m clevertap_partners.error_docs`).
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TypeVar

from clevertap_partners.core.errors import (
    PartnersError,
    PermanentError,
    Remedy,
    TransientError,
    Turn,
)

E = TypeVar("E", bound=PartnersError)


@dataclass(frozen=True)
class Fault:
    """One way of failing. Its words have named places, such as {bucket}, that `error` fills.

    A code may have several entries, each for its own circumstances. A fix may have a second line:
    the exact command to run. `retried` makes it a TransientError.
    """

    code: str
    section: str
    happened: str
    fix: str = ""
    turn: Turn = Turn.CUSTOMER
    retried: bool = False
    remedy: Remedy = Remedy.ELSEWHERE
    help_url: str = ""

    @property
    def places(self) -> frozenset[str]:
        """The names of the facts that its words need."""
        parts = string.Formatter().parse(self.happened + self.fix)
        return frozenset(name for _, name, _, _ in parts if name)


def error(fault: Fault, /, **facts: object) -> PermanentError | TransientError:
    """The failure to raise, in words that hold the facts. Facts that it does not need are fine."""
    if fault.retried:
        return error_as(TransientError, fault, **facts)
    return error_as(PermanentError, fault, **facts)


def error_as(kind: type[E], fault: Fault, /, **facts: object) -> E:
    """As `error`, for a failure that has a class of its own."""
    return kind(
        fault.happened.format_map(facts),
        code=fault.code,
        fix=fault.fix.format_map(facts),
        turn=fault.turn,
        remedy=fault.remedy,
        help_url=fault.help_url,
    )
