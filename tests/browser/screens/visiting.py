"""A visitor: a browser that goes from screen to screen, as whoever each is for, in any size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client
from selenium.webdriver import Chrome

from tests.browser.axe import STILL, emulate
from tests.browser.pages.base import Screen as Page
from tests.browser.screens.registry import Screen
from tests.browser.screens.worlds import World

WIDTHS = {1440: 900, 1024: 768, 390: 844}
# Twice as large on a usual screen; and four times, which is what WCAG asks pages to bear.
ZOOMED = {720: 450, 320: 640}
# axe takes seconds on a long page, and more while another process walks too.
SCRIPT_LIMIT_S = 120
# The page of samples shows a button that waits for ever.
READY = """
return document.readyState === "complete"
  && !document.querySelector(".htmx-request:not([data-testid=style-button-waits])");
"""


class Visitor:
    """Goes to the screens of one world."""

    def __init__(self, driver: Chrome, url: str, world: World) -> None:
        self.page = Page(driver, url)
        self._driver = driver
        self._world = world
        self._person: str | None = None
        # Chosen before the first visit; else what the browser asks for.
        self.language = ""

    def visit(self, screen: Screen) -> None:
        """Open it, and wait until nothing is asked any more."""
        self._become(screen.person)
        self.resize(1440)
        self.page.open(screen.address(self._world))
        self._rest()
        if screen.step:
            screen.step(self.page)
            self._rest()

    def resize(self, width: int, height: int = 0, ratio: float = 1) -> None:
        size = {"width": width, "height": height or (WIDTHS | ZOOMED)[width], "mobile": False}
        self._driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": ratio}
        )

    def said(self, screen: Screen) -> list[str]:
        """What the console complains of since the last time, but for the expected refusal."""
        lines = [line for line in self._driver.get_log("browser") if line["level"] == "SEVERE"]
        refusal = re.compile(rf"responded with a status of {screen.refused} ")
        return [line["message"] for line in lines if not refusal.search(line["message"])]

    def _become(self, person: str) -> None:
        if person == self._person:
            return
        self._driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        if self.language:
            self._keep(settings.LANGUAGE_COOKIE_NAME, self.language)
        user = self._world.people.get(person)
        if user:
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            self._keep(name, client.cookies[name].value)
        self._person = person

    def _keep(self, name: str, value: str) -> None:
        cookie = {"name": name, "value": value, "url": self.page.url}
        self._driver.execute_cdp_cmd("Network.setCookie", cookie)

    def _rest(self) -> None:
        self.page.wait(lambda: self._driver.execute_script(READY), "the page to rest")


@contextmanager
def visitor(driver: Chrome, url: str, world: World) -> Iterator[Visitor]:
    driver.get("about:blank")
    driver.get_log("browser")
    driver.set_script_timeout(SCRIPT_LIMIT_S)
    emulate(driver, STILL)
    yield Visitor(driver, url, world)
    driver.get("about:blank")
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    emulate(driver, {})


def sideways(driver: Chrome) -> dict[str, Any] | None:
    """What makes the page wider than its window; None when nothing does."""
    return driver.execute_script(SIDEWAYS)  # type: ignore[no-any-return]


SIDEWAYS = """
const page = document.scrollingElement;
if (page.scrollWidth <= window.innerWidth) return null;
const out = [...document.body.querySelectorAll("*")]
  .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1
    || each.getBoundingClientRect().left < -1)
  .map((each) => each.dataset.testid || each.className || each.tagName);
return {page: page.scrollWidth, window: window.innerWidth, out: out.slice(0, 8).map(String)};
"""
