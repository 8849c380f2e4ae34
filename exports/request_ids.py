"""Which exports somebody means who types a request id, its beginning, or pastes a file's name."""

from __future__ import annotations

from django.db.models import Q

# Epoch seconds have ten digits until the year 2286.
DIGITS = 10
NONE = Q(pk__in=())


def wanted_ids(text: str, *, account_id: int) -> Q:
    """Spaces do no harm. What is neither a number nor a file's name finds nothing."""
    typed = _without_tab("".join(text.split())).rstrip("/").rpartition("/")[2]
    number = _of_file(typed, account_id) if "-" in typed else typed
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
        return NONE
    unknown = 10 ** (DIGITS - len(number))
    first = int(number) * unknown
    # The number itself as well: clocks that were wrong have made shorter ones.
    return Q(request_id=int(number)) | Q(request_id__gte=first, request_id__lt=first + unknown)


def _without_tab(typed: str) -> str:
    """The address of an export's page, without the tab that was open; names stay as they are."""
    return typed.partition("#")[0].partition("?")[0] if typed.startswith("http") else typed


def _of_file(name: str, account_id: int) -> str:
    """Names begin with the request id; those of files of profiles with the account before it."""
    first, second = name.split("-")[:2]
    return second if first == str(account_id) else first
