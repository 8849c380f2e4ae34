"""What of an account's work needs a feature: apps that this one must not know say so here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account

# A page names no more; the last line says how many there are besides.
SHOWN = 20


@dataclass(frozen=True)
class InUse:
    """A line for each of the first `SHOWN` that would not go on, and how many there are."""

    lines: list[str]
    count: int


Finder = Callable[[Account], InUse]

_FINDERS: dict[Feature, Finder] = {}


def register(feature: Feature, finder: Finder) -> None:
    """Called once per app, from its `AppConfig.ready`."""
    _FINDERS[feature] = finder


def in_use(account: Account, feature: Feature) -> list[str]:
    """A line for each export or import that would not go on without the feature."""
    if feature not in _FINDERS:
        return []
    found = _FINDERS[feature](account)
    more = found.count - len(found.lines)
    if not more:
        return found.lines
    return [
        *found.lines,
        _("and {count} more").format(count=number_format(more, force_grouping=True)),
    ]
