"""What every page object can do: find by test id, wait with a limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

LIMIT_S = 60
# A live part of the page may be replaced between finding an element and using it.
PASSING = (
    NoSuchElementException,
    StaleElementReferenceException,
    ElementNotInteractableException,
    ElementClickInterceptedException,
)
# The driver's other words for a stale element, while its page is being replaced.
REPLACED = (
    "does not belong to the document",
    "aborted by navigation",
    "no such execution context",
    "Cannot find context with specified id",
    "No node with given id found",
)
PARTNERS = "/100000000/settings/partners/"


class Screen:
    """One window on the dashboard at `url`."""

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def find(self, testid: str) -> WebElement:
        return self.wait(lambda: self._now(testid), f"an element {testid}")

    def is_there(self, testid: str) -> bool:
        return bool(self.driver.find_elements(By.CSS_SELECTOR, f'[data-testid="{testid}"]'))

    def text(self, testid: str) -> str:
        return str(self.wait(lambda: self._now(testid).text, f"text in {testid}"))

    def click(self, testid: str) -> None:
        def click() -> bool:
            self._now(testid).click()
            return True

        self.wait(click, f"{testid} to be clicked")

    def fill(self, testid: str, text: str) -> None:
        field = self.find(testid)
        field.clear()
        field.send_keys(text)

    def choose(self, testid: str, label: str) -> None:
        Select(self.find(testid)).select_by_visible_text(label)

    def choose_value(self, testid: str, value: str) -> None:
        """As `choose`, whatever the language of the labels."""
        Select(self.find(testid)).select_by_value(value)

    def wait_for_text(self, testid: str, text: str, limit_s: float = LIMIT_S) -> None:
        self.wait(lambda: text in self._now(testid).text, f"“{text}” in {testid}", limit_s)

    def wait(self, condition: Callable[[], Any], what: str, limit_s: float = LIMIT_S) -> Any:
        """What `condition` returns once it is true; passing states of the page are waited out."""
        waiting = WebDriverWait(
            self.driver, limit_s, poll_frequency=0.1, ignored_exceptions=PASSING
        )
        return waiting.until(lambda _: _looked(condition), f"waited for {what}")

    def press(self, *keys: str) -> None:
        """Type at whatever has the focus."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> str:
        """The test id of what has the focus; empty when that has none."""
        return str(self.driver.execute_script("return document.activeElement.dataset.testid || ''"))

    def tab_to(self, testid: str, within: int = 60) -> None:
        for _ in range(within):
            if self.focused() == testid:
                return
            self.press(Keys.TAB)
        raise AssertionError(f"{testid} cannot be reached with the Tab key")

    def _now(self, testid: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, f'[data-testid="{testid}"]')


def _looked(condition: Callable[[], Any]) -> Any:
    try:
        return condition()
    except WebDriverException as error:
        if any(words in str(error.msg) for words in REPLACED):
            raise StaleElementReferenceException(error.msg) from error
        raise
