"""Drawers, menus and the live list for somebody who has no mouse."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from selenium.webdriver.common.keys import Keys

from clevertap_partners.accounts.models import Account
from exports.models import Export
from tests.browser.pages.base import PARTNERS, Screen
from tests.browser.pages.dashboard import Exports, Partners
from tests.states import connection_for_screens, export_for_screens

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

IN_DRAWER = """
const now = document.activeElement;
return now === document.body || Boolean(now.closest("#drawer"));
"""
# A ring around the element itself, or around the card that it is the radio button of.
FOCUS_SHOWS = """
const shows = (element) => {
  const style = getComputedStyle(element);
  return style.outlineStyle !== "none" && style.outlineWidth !== "0px";
};
const now = document.activeElement, card = now.closest(".choice");
return shows(now) || Boolean(card && shows(card));
"""


@pytest.fixture
def export(account: Account, member: User, quiet: None) -> Export:
    return export_for_screens(connection_for_screens(account), member)


def test_a_drawer_opens_by_keyboard_keeps_the_focus_and_gives_it_back(quiet_screen: Screen) -> None:
    partners = Partners(quiet_screen.driver, quiet_screen.url)
    partners.visit()
    partners.tab_to("partner-integrate-google-cloud")
    partners.wait(partners.integrate_is_visible, "Integrate to appear")
    partners.press(Keys.ENTER)
    partners.wait(lambda: partners.focused() == "drawer", "focus in the drawer")
    for _ in range(25):
        partners.press(Keys.TAB)
        assert partners.driver.execute_script(IN_DRAWER), partners.focused()
    partners.press(Keys.ESCAPE)
    assert not partners.is_there("drawer")
    assert partners.focused() == "partner-integrate-google-cloud"
    assert partners.driver.current_url == partners.url + PARTNERS


def test_esc_in_a_drawer_opened_by_its_address_leads_to_the_page_below(
    quiet_screen: Screen,
) -> None:
    quiet_screen.open(f"{PARTNERS}google-cloud/")
    quiet_screen.press(Keys.ESCAPE)
    quiet_screen.wait(lambda: not quiet_screen.is_there("drawer"), "the drawer to close")
    assert quiet_screen.driver.current_url == quiet_screen.url + PARTNERS


def test_the_export_menu_opens_closes_and_leads_on_by_keyboard(
    quiet_screen: Screen, export: Export
) -> None:
    exports = Exports(quiet_screen.driver, quiet_screen.url)
    exports.visit()
    exports.tab_to("export-add")
    exports.press(Keys.ENTER, Keys.TAB)
    assert exports.focused() == "export-partner-google-cloud"
    exports.press(Keys.ESCAPE)
    assert exports.focused() == "export-add"
    assert not exports.find("export-partner-google-cloud").is_displayed()
    exports.press(Keys.ENTER, Keys.TAB, Keys.ENTER)
    exports.wait(lambda: exports.focused() == "drawer", "focus in the drawer")
    exports.press(Keys.ESCAPE)
    assert not exports.is_there("drawer")
    assert exports.focused() == "export-add"


@pytest.mark.parametrize("path", ["exports/", "exports/new/?partner=google-cloud", "google-cloud/"])
def test_whatever_has_the_focus_shows_it(quiet_screen: Screen, export: Export, path: str) -> None:
    quiet_screen.open(PARTNERS + path)
    seen = []
    for _ in range(40):
        quiet_screen.press(Keys.TAB)
        testid = quiet_screen.focused()
        # The parts of a date field are one element; its ring is seen on the first of them.
        if testid and testid not in seen:
            seen.append(testid)
            assert quiet_screen.driver.execute_script(FOCUS_SHOWS), testid
    assert len(seen) > 6


def test_the_live_list_leaves_the_focus_where_it_is(quiet_screen: Screen, export: Export) -> None:
    exports = Exports(quiet_screen.driver, quiet_screen.url)
    exports.visit()
    exports.tab_to(f"export-stop-{export}")
    Export.objects.update(status="running")
    exports.wait_until("Running", str(export))
    assert exports.focused() == f"export-stop-{export}"
