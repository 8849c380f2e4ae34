"""Drawers, menus and the live list for somebody who has no mouse."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from clevertap_partners.accounts.models import Account
from exports.models import Export
from integrations.models import Connection, CredentialTest
from tests.browser.pages.base import PARTNERS, Screen
from tests.browser.pages.dashboard import Exports, Partners
from tests.states import connection_for_screens, export_for_screens

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

IN_DRAWER = "return Boolean(document.activeElement.closest('#drawer'))"
# A list that was drawn anew has other elements than those that were there when the drawer opened.
DRAW_ANEW = """
const main = document.getElementById("main");
main.replaceWith(main.cloneNode(true));
"""
# What a browser asks a page before it is closed or loaded anew.
WOULD_ASK = """
const leaving = new Event("beforeunload", { cancelable: true });
window.dispatchEvent(leaving);
return leaving.defaultPrevented;
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
# Esc that takes back what an input method proposes, such as for Japanese.
ESC_WHILE_COMPOSING = """
const what = { key: "Escape", isComposing: true, bubbles: true };
document.activeElement.dispatchEvent(new KeyboardEvent("keydown", what));
"""
NOTE_WHETHER_ASKED = """
addEventListener("beforeunload", (event) => (sessionStorage.asked = event.defaultPrevented));
"""
# Whenever something is sent, an estimate or a test that is watched comes back before its answer.
ANSWER_OTHERS_FIRST = """
const send = window.fetch;
window.fetch = (...what) => {
  const sourceElement = document.querySelector("#drawer h2"), detail = { ctx: { sourceElement } };
  const ended = new CustomEvent("htmx:finally:request", { bubbles: true, detail });
  sourceElement.dispatchEvent(ended);
  return send(...what);
};
"""


@pytest.fixture
def export(account: Account, member: User, quiet: None) -> Export:
    return export_for_screens(connection_for_screens(account), member)


@pytest.fixture
def partners(quiet_screen: Screen) -> Partners:
    return Partners(quiet_screen.driver, quiet_screen.url)


@pytest.fixture
def connection(account: Account, quiet: None) -> Connection:
    return connection_for_screens(account)


def open_google_cloud(partners: Partners) -> None:
    partners.tab_to("partner-integrate-google-cloud")
    partners.press(Keys.ENTER)
    partners.wait(lambda: partners.focused() == "drawer", "focus in the drawer")


def is_asked(partners: Partners) -> bool:
    return bool(partners.find("unsaved").is_displayed())


def test_a_drawer_opens_by_keyboard_keeps_the_focus_and_gives_it_back(partners: Partners) -> None:
    partners.visit()
    partners.tab_to("partner-integrate-google-cloud")
    partners.wait(partners.integrate_is_visible, "Integrate to appear")
    open_google_cloud(partners)
    backwards = ActionChains(partners.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB)
    backwards.key_up(Keys.SHIFT).perform()
    assert partners.focused() == "bucket-save"
    for _ in range(25):
        partners.press(Keys.TAB)
        assert partners.driver.execute_script(IN_DRAWER), partners.focused()
    partners.driver.execute_script(DRAW_ANEW)
    partners.press(Keys.ESCAPE)
    assert not partners.is_there("drawer")
    assert partners.focused() == "partner-integrate-google-cloud"
    assert partners.driver.current_url == partners.url + PARTNERS


def test_a_drawer_asks_before_what_was_typed_is_lost(
    partners: Partners, connection: Connection
) -> None:
    partners.visit()
    open_google_cloud(partners)
    partners.click("bucket-add")
    partners.fill("bucket-nickname-0", "Archive")
    assert partners.driver.execute_script(WOULD_ASK)
    partners.driver.execute_script(ESC_WHILE_COMPOSING)
    assert not is_asked(partners)
    partners.press(Keys.ESCAPE)
    assert is_asked(partners)
    assert partners.focused() == "unsaved-stay"
    partners.press(Keys.ESCAPE)
    assert not is_asked(partners)
    assert partners.focused() == "bucket-nickname-0"
    for way in ("drawer-close", "bucket-cancel", f"connection-rename-{connection.pk}"):
        partners.click(way)
        assert is_asked(partners), way
        partners.click("unsaved-stay")
        assert partners.find("bucket-nickname-0").get_attribute("value") == "Archive"
    ActionChains(partners.driver).move_by_offset(5, 300).click().perform()
    assert is_asked(partners), "the backdrop"
    partners.click("unsaved-leave")
    partners.wait(lambda: not partners.is_there("drawer"), "the drawer to close")
    assert partners.focused() == "partner-integrate-google-cloud"
    assert not partners.driver.execute_script(WOULD_ASK)


def test_a_drawer_asks_nothing_when_nothing_was_typed_or_all_was_saved(
    partners: Partners, connection: Connection
) -> None:
    partners.open(f"{PARTNERS}connections/{connection.pk}/rename/")
    partners.driver.execute_script(ANSWER_OTHERS_FIRST)
    field = partners.find("rename-nickname")
    field.send_keys("x", Keys.BACKSPACE)
    assert not partners.driver.execute_script(WOULD_ASK)
    field.send_keys(Keys.CONTROL, "a", Keys.DELETE)
    field.send_keys(Keys.ENTER)
    partners.find("rename-nickname-error")
    assert partners.focused() == "rename-nickname"
    assert partners.driver.execute_script(WOULD_ASK), "refused is not saved"
    partners.driver.execute_script(NOTE_WHETHER_ASKED)
    partners.find("rename-nickname").send_keys("Archive", Keys.ENTER)
    partners.wait_for_text("flash-message", "is now called Archive")
    assert partners.driver.execute_script("return sessionStorage.asked") == "false"


def test_a_drawer_asks_when_a_save_fails_later(partners: Partners, account: Account) -> None:
    test = CredentialTest.objects.create(
        account=account,
        partner="google-cloud",
        purpose="add",
        nickname="Archive",
        target="archive",
        status="running",
    )
    partners.open(f"{PARTNERS}connections/tests/{test.batch}/")
    partners.find("credential-tests")
    assert not partners.driver.execute_script(WOULD_ASK), "it goes on without the drawer"
    CredentialTest.objects.update(status="failed")
    partners.find("bucket-error-0")
    assert not partners.driver.execute_script(WOULD_ASK), "nobody has touched the page yet"
    partners.press(Keys.TAB)
    assert partners.driver.execute_script(WOULD_ASK)
    partners.click("drawer-close")
    assert is_asked(partners)
    partners.click("unsaved-stay")
    partners.click("bucket-save")
    assert not is_asked(partners), "to send it again is not to leave it"


def test_back_and_forward_go_through_drawers_without_loading_the_page_again(
    partners: Partners, connection: Connection
) -> None:
    rename = f"connection-rename-{connection.pk}"
    partners.visit()
    partners.driver.execute_script("window.isTheSame = true")
    open_google_cloud(partners)
    partners.tab_to(rename)
    partners.press(Keys.ENTER)
    partners.find("rename-nickname").send_keys("typed")
    partners.driver.back()
    partners.wait(lambda: partners.focused() == rename, "the focus on what led to the drawer")
    partners.driver.back()
    partners.wait(lambda: not partners.is_there("drawer"), "the drawer to close")
    assert partners.focused() == "partner-integrate-google-cloud"
    assert partners.driver.current_url == partners.url + PARTNERS
    partners.driver.forward()
    partners.find(rename)
    partners.driver.forward()
    assert "typed" in str(partners.find("rename-nickname").get_attribute("value"))
    partners.press(Keys.ESCAPE)
    partners.click("unsaved-leave")
    partners.wait(lambda: partners.focused() == rename, "the drawer below, where it was left")
    assert partners.driver.current_url == f"{partners.url}{PARTNERS}google-cloud/"
    partners.press(Keys.ESCAPE)
    assert partners.focused() == "partner-integrate-google-cloud"
    assert partners.driver.execute_script("return window.isTheSame")


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
