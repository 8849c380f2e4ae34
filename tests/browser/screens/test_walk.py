"""Every screen, in both themes and three widths: no word in the console, nothing for axe to find,
and no page that has to be pushed sideways.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from selenium.common.exceptions import TimeoutException

from tests.browser.axe import COLOURS, DARK, EVERYTHING, STILL, emulate, violations
from tests.browser.screens.conftest import Visit
from tests.browser.screens.registry import LITTLE, MUCH, NOTHING, SCREENS, Screen
from tests.browser.screens.visiting import WIDTHS, ZOOMED, Visitor, sideways

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]

WIDEST = max(WIDTHS)
# What may come out differently when the same page is narrower: some of it goes, some moves closer.
RESIZED = {
    "type": "rule",
    "values": [
        "aria-hidden-focus",
        "button-name",
        "bypass",
        "heading-order",
        "label",
        "landmark-one-main",
        "link-name",
        "page-has-heading-one",
        "scrollable-region-focusable",
        "skip-link",
        "target-size",
    ],
}
# In parts, which two processes can walk at once.
PARTS = {NOTHING: 1, LITTLE: 3, MUCH: 2}


@pytest.mark.parametrize(
    ("state", "part"), [(state, part) for state, count in PARTS.items() for part in range(count)]
)
def test_it_finds_nothing_amiss_on_any_screen(state: str, part: int, visit: Visit) -> None:
    found: dict[str, Any] = {}
    screens = [screen for screen in SCREENS if state in screen.states][part :: PARTS[state]]
    with visit(state) as visitor:
        # Who is signed in changes seldom this way.
        for screen in sorted(screens, key=lambda each: each.person):
            try:
                visitor.visit(screen)
                found |= looked_at(visitor, screen)
            except TimeoutException as error:
                found[screen.name] = error.msg
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def looked_at(visitor: Visitor, screen: Screen) -> dict[str, Any]:
    """By what it is and where. A narrower page has the same colours, so those of the main screens
    stand for all: they are what axe takes longest with.
    """
    found: dict[str, Any] = {}
    driver = visitor.page.driver
    for width in WIDTHS:
        visitor.resize(width)
        is_whole = screen.is_main or width == WIDEST
        place = f"{screen.name}, {width}"
        found[f"{place}, light"] = violations(driver, EVERYTHING if is_whole else RESIZED)
        found[f"{place}, too wide"] = sideways(driver)
        if is_whole:
            emulate(driver, DARK)
            found[f"{place}, dark"] = violations(driver, COLOURS)
            emulate(driver, STILL)
    for width in ZOOMED if screen.is_main else ():
        visitor.resize(width, ratio=2)
        found[f"{screen.name}, {width}, too wide"] = sideways(driver)
    found[f"{screen.name}, console"] = visitor.said(screen)
    return {place: each for place, each in found.items() if each}
