"""Why a start ends early."""

from __future__ import annotations


class StartFailed(Exception):
    """Something that a person must mend; the message says what happened and what to do."""


class StopAsked(Exception):
    """Ctrl-C or a termination signal: not a failure."""
