"""No address is forgotten: it is on a screen that is looked at, or named as one that shows none."""

from __future__ import annotations

from collections import Counter

import pytest
from django.urls import reverse

from tests.accounts.routes import all_routes
from tests.browser.screens.registry import NO_SCREEN, NOT_OURS, SCREENS, STATES

SHOWN = {screen.view for screen in SCREENS}
WITHOUT = {name for names in NO_SCREEN.values() for name in names}
OURS = {route.name for route in all_routes() if not route.pattern.startswith(NOT_OURS)}
# In tests/browser/screens/urls.py only.
MORE = {"screens_400", "screens_404", "screens_500", "style"}


def test_every_address_is_on_a_screen_or_known_to_show_none() -> None:
    forgotten = OURS - SHOWN - WITHOUT
    assert not forgotten, f"add to SCREENS in tests/browser/screens/registry.py: {forgotten}"


def test_what_is_named_exists_and_is_not_both() -> None:
    assert SHOWN | WITHOUT <= OURS | MORE
    assert not SHOWN & WITHOUT


def test_each_screen_has_a_name_of_its_own_and_known_states() -> None:
    twice = [name for name, count in Counter(each.name for each in SCREENS).items() if count > 1]
    assert not twice
    assert all(set(screen.states) <= set(STATES) for screen in SCREENS)


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_looked_at(state: str) -> None:
    assert any(state in screen.states and screen.is_main for screen in SCREENS)
    assert reverse("login")
