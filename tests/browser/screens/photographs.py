"""`make screens` runs this: a picture of every screen, in every size and both themes.

ONLY="exports wizard" takes those whose names begin with one of the words; STATES="much" those with
very much data. SCREENS_LANGUAGE=hi takes them in Hindi, ar from the right and in Arabic letters.
They go into SCREENS_DIR.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from django.conf import LazySettings
from selenium.webdriver import Chrome

from tests import pseudo
from tests.browser.axe import DARK, STILL, emulate
from tests.browser.screens.conftest import Visit
from tests.browser.screens.registry import SCREENS, STATES, Screen
from tests.browser.screens.visiting import WIDTHS, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(3600),
]

THEMES = {"light": STILL, "dark": DARK}
PARTS = 2  # one for each core
TALLEST = 4_000
# As high as needed to show all of the page, or all of the drawer that lies on it.
WHOLE = """
const scrollers = [...document.querySelectorAll(".drawer, .drawer *")]
  .filter((each) => /auto|scroll/.test(getComputedStyle(each).overflowY));
const hidden = scrollers.map((each) => each.scrollHeight - each.clientHeight);
if (hidden.length) return window.innerHeight + Math.max(...hidden);
return Math.max(window.innerHeight, document.scrollingElement.scrollHeight);
"""


def chosen(state: str) -> list[Screen]:
    words = tuple(os.environ.get("ONLY", "").split()) or ("",)
    if state not in (os.environ.get("STATES", "").split() or STATES):
        return []
    return [each for each in SCREENS if state in each.states and each.name.startswith(words)]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("state", STATES)
def test_it_takes_all_pictures(
    state: str, part: int, visit: Visit, settings: LazySettings, tmp_path: Path
) -> None:
    screens = chosen(state)[part::PARTS]
    if not screens:
        pytest.skip("none chosen")
    folder = Path(os.environ["SCREENS_DIR"]) / state
    folder.mkdir(parents=True, exist_ok=True)
    language = os.environ.get("SCREENS_LANGUAGE", "")
    if language == pseudo.LANGUAGE:
        pseudo.offer(settings, tmp_path / "locale")
    with visit(state) as visitor:
        visitor.language = language
        for screen in sorted(screens, key=lambda each: each.person):
            visitor.visit(screen)
            for width in WIDTHS:
                take(visitor, width, folder / f"{screen.name}-{width}")


def take(visitor: Visitor, width: int, name: Path) -> None:
    driver = visitor.page.driver
    visitor.resize(width)
    height = min(TALLEST, driver.execute_script(WHOLE))
    visitor.resize(width, height)
    for theme, media in THEMES.items():
        emulate(driver, media)
        name.with_name(f"{name.name}-{theme}.png").write_bytes(picture(driver))
    emulate(driver, STILL)


def picture(driver: Chrome) -> bytes:
    answer = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return base64.b64decode(answer["data"])
