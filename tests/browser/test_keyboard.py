"""The whole way of an export for somebody who has no mouse, with the setup guide beside it."""

from __future__ import annotations

import json

import pytest
from selenium.webdriver.common.keys import Keys

from exports.models import Export
from tests.browser.pages.base import Screen
from tests.browser.pages.dashboard import Exports, Partners
from tests.services import Sandbox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

ROLE = "bucket-guide-role"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
SELECTED = "return getSelection().toString()"


def grant_clipboard(screen: Screen) -> None:
    granted = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    screen.driver.execute_cdp_cmd("Browser.grantPermissions", granted)


def open_drawer(screen: Screen) -> None:
    screen.press(Keys.ENTER)
    screen.wait(lambda: screen.focused() == "drawer", "focus in the drawer")


def test_a_bucket_is_connected_and_an_export_made_seen_and_stopped_by_keyboard(
    screen: Screen, sandbox: Sandbox
) -> None:
    key = sandbox.create_service_account(buckets=[sandbox.create_bucket("shop-exports")])
    grant_clipboard(screen)
    connect(Partners(screen.driver, screen.url), json.dumps(key))
    exports = Exports(screen.driver, screen.url)
    request_id = start(exports)
    exports.tab_to(f"export-link-{request_id}")
    exports.press(Keys.ENTER)
    exports.wait_for_text("export-format", "JSON")
    exports.tab_to(f"export-stop-{request_id}")
    open_drawer(exports)
    exports.tab_to("confirm-ok")
    exports.press(Keys.ENTER)
    exports.wait_for_text("flash-message", "Data export stopped")
    assert Export.objects.get().status == "stopped"


def connect(partners: Partners, key: str) -> None:
    partners.visit()
    partners.tab_to("partner-integrate-google-cloud")
    open_drawer(partners)
    partners.tab_to("bucket-nickname-0")
    partners.press("Warehouse")
    partners.tab_to("bucket-key-0")
    partners.driver.switch_to.active_element.send_keys(key)
    partners.tab_to("bucket-name-0")
    partners.press("shop-exports; id")
    partners.wait_for_text(ROLE, json.loads(key)["client_email"])
    assert "gs://BUCKET " in partners.text(ROLE), "only a plain name is filled in"
    partners.press(*[Keys.BACKSPACE] * len("; id"))
    partners.wait_for_text(ROLE, "gs://shop-exports ")
    copy_the_command(partners)
    partners.tab_to("bucket-save")
    partners.press(Keys.ENTER)
    partners.wait_for_text("flash-message", "Credentials Saved")


def copy_the_command(partners: Partners) -> None:
    """With the browser's clipboard, and where it has none."""
    command = partners.text(ROLE)
    partners.tab_to(f"{ROLE}-copy")
    partners.press(Keys.ENTER)
    said = partners.find(f"{ROLE}-copied")
    partners.wait(lambda: said.get_attribute("textContent") == "Copied", "word of the copy")
    read = "navigator.clipboard.readText().then(arguments[0])"
    assert partners.driver.execute_async_script(read) == command
    partners.driver.execute_script(NO_CLIPBOARD)
    partners.press(Keys.ENTER)
    partners.wait(lambda: "Selected" in said.get_attribute("textContent"), "word of the selection")
    assert partners.driver.execute_script(SELECTED) == command


def start(exports: Exports) -> str:
    """A recurring export: it stays until somebody stops it."""
    exports.visit()
    exports.tab_to("export-add")
    exports.press(Keys.ENTER)
    exports.tab_to("export-partner-google-cloud")
    open_drawer(exports)
    exports.tab_to("export-bucket")
    exports.press("W")
    exports.tab_to("export-frequency-once")
    exports.press(Keys.ARROW_DOWN)
    assert exports.focused() == "export-frequency-recurring"
    exports.tab_to("export-submit")
    exports.press(Keys.ENTER)
    exports.wait_for_text("flash-message", "Google export has initiated")
    return exports.newest()
