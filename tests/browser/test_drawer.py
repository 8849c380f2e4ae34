"""What the drawer adds to a link: focus goes in and comes back, Esc closes, Back goes back."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from clevertap_partners.accounts.models import Account
from tests.browser.pages.base import PARTNERS, Screen
from tests.browser.pages.dashboard import Partners

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]


def press(screen: Screen, *keys: str) -> None:
    ActionChains(screen.driver).send_keys(*keys).perform()


def focused(screen: Screen) -> str:
    """The test id of what has the focus; empty when it has none."""
    return str(screen.driver.switch_to.active_element.get_attribute("data-testid") or "")


def focus_is_in_drawer(screen: Screen) -> bool:
    script = "return document.getElementById('drawer').contains(document.activeElement)"
    return bool(screen.driver.execute_script(script))


def test_by_keyboard_alone_a_partner_opens_and_closes(screen: Screen) -> None:
    partners = Partners(screen.driver, screen.url)
    partners.visit()
    screen.driver.execute_script(
        "document.querySelector('[data-testid=\"partner-integrate-google-cloud\"]').focus()"
    )
    screen.wait(partners.integrate_is_visible, "Integrate to appear on focus")
    press(screen, Keys.ENTER)
    screen.find("bucket-save")
    screen.wait(lambda: focus_is_in_drawer(screen), "the focus in the drawer")
    for _ in range(30):
        press(screen, Keys.TAB)
        assert focus_is_in_drawer(screen) or focused(screen) == ""
    press(screen, Keys.ESCAPE)
    screen.wait(lambda: not screen.is_there("drawer"), "the drawer to close")
    assert focused(screen) == "partner-integrate-google-cloud"
    assert screen.driver.current_url == f"{screen.url}{PARTNERS}"


def test_a_drawer_has_its_own_address_and_back_leaves_it(screen: Screen, account: Account) -> None:
    partners = Partners(screen.driver, screen.url)
    partners.visit()
    partners.open_google_cloud()
    assert screen.driver.current_url == f"{screen.url}{PARTNERS}google-cloud/"
    screen.driver.refresh()
    screen.find("bucket-save")
    screen.click("drawer-close")
    screen.wait(lambda: not screen.is_there("drawer"), "the drawer to close")
    assert screen.driver.current_url == f"{screen.url}{PARTNERS}"
    partners.open_google_cloud()
    screen.driver.back()
    screen.wait(lambda: not screen.is_there("drawer"), "the list without the drawer")
