"""What of an account's lake is still needed: other apps say so here; this app may not ask them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """The oldest versions that an open run reads or a coming window starts from; None: no need."""

    events_version: int | None = None
    profiles_version: int | None = None


Finder = Callable[[int], Needs]

_FINDERS: list[Finder] = []


def register(finder: Finder) -> None:
    """Called once per app, from its `AppConfig.ready`. The finder takes an account's id.

    It is asked just before anything is deleted. What raises in it stops the vacuum.
    """
    if finder not in _FINDERS:
        _FINDERS.append(finder)


def needed(account_id: int) -> Needs:
    """What anybody needs of that account's lake."""
    found = [finder(account_id) for finder in _FINDERS]
    return Needs(
        events_version=_oldest(needs.events_version for needs in found),
        profiles_version=_oldest(needs.profiles_version for needs in found),
    )


def _oldest(versions: Iterable[int | None]) -> int | None:
    return min((version for version in versions if version is not None), default=None)
