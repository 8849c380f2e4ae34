"""Every screen in a language that is read from the right, and in which no text is English."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import LazySettings
from selenium.common.exceptions import TimeoutException

from tests import pseudo
from tests.browser.screens.conftest import Visit
from tests.browser.screens.reading import left_in_latin, names_in_use
from tests.browser.screens.registry import LITTLE, SCREENS
from tests.browser.screens.visiting import WIDTHS, sideways

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]

# Two processes can walk at once.
PARTS = 2


@pytest.mark.parametrize("part", range(PARTS))
def test_every_text_of_every_screen_is_translated_and_fits_from_the_right(
    part: int, visit: Visit, settings: LazySettings, tmp_path: Path
) -> None:
    pseudo.offer(settings, tmp_path / "locale")
    found: dict[str, object] = {}
    screens = [screen for screen in SCREENS if LITTLE in screen.states][part::PARTS]
    with visit(LITTLE) as visitor:
        visitor.language = pseudo.LANGUAGE
        names = names_in_use()
        for screen in sorted(screens, key=lambda each: each.person):
            try:
                visitor.visit(screen)
            except TimeoutException as error:
                found[screen.name] = error.msg
                continue
            found[f"{screen.name}, not translated"] = left_in_latin(visitor.page.driver, names)
            for width in WIDTHS:
                visitor.resize(width)
                found[f"{screen.name}, {width}, too wide"] = sideways(visitor.page.driver)
            found[f"{screen.name}, console"] = visitor.said(screen)
    found = {place: each for place, each in found.items() if each}
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
