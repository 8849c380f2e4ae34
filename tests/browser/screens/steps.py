"""What leads from an address to a screen that has none of its own."""

from __future__ import annotations

import pyotp
from selenium.webdriver.common.by import By

from tests.browser.pages.base import Screen
from tests.conftest import PASSWORD

# Of the person who has a second factor.
CAREFUL_NAME = "careful@example.com"
FACTOR_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OPEN_DETAILS = (
    "document.querySelectorAll('#drawer details').forEach((each) => { each.open = true })"
)


def open_all_details(screen: Screen) -> None:
    screen.driver.execute_script(OPEN_DETAILS)


def refuse_bucket(screen: Screen) -> None:
    screen.click("bucket-save")
    screen.find("bucket-error-0")


def open_export_menu(screen: Screen) -> None:
    screen.click("export-add")
    screen.find("export-partner-google-cloud")


def select_events(screen: Screen) -> None:
    screen.click("export-type-select_events")
    screen.click("export-options")


def refuse_export(screen: Screen) -> None:
    select_events(screen)
    screen.click("export-submit")
    screen.find("export-events-error")


def recurring(screen: Screen) -> None:
    screen.click("export-frequency-recurring")
    screen.find("export-next-runs")


def refuse_recurring(screen: Screen) -> None:
    recurring(screen)
    screen.fill("export-start", "01012020")
    screen.click("export-submit")
    screen.find("export-start-error")


def preview_people(screen: Screen) -> None:
    choose_people(screen, "json")
    screen.find("export-preview-text")


def preview_parquet(screen: Screen) -> None:
    choose_people(screen, "parquet")
    screen.find("export-preview-columns")


def choose_people(screen: Screen, format_key: str) -> None:
    screen.click("export-type-all_user_properties")
    screen.click(f"export-format-{format_key}")
    screen.click("export-options")
    screen.click("export-preview")
    screen.wait(lambda: "1" in screen.text("export-estimate"), "the estimate")


def add_alert(screen: Screen) -> None:
    screen.click("alert-save")
    screen.find("alert-secret")


def tables_are_there(screen: Screen) -> None:
    screen.find("import-table-users")


def preview_rows(screen: Screen) -> None:
    tables_are_there(screen)
    screen.click("import-preview")
    screen.wait_for_text("import-preview-rows", "u-49")


def refuse_configure(screen: Screen) -> None:
    tables_are_there(screen)
    screen.click("import-next")
    refused(screen)


def dry_run(screen: Screen) -> None:
    screen.click("import-dry-run")
    screen.wait_for_text("import-dry-run-counts", "60")


def custom_schedule(screen: Screen) -> None:
    screen.click("import-frequency-custom")
    screen.find("import-next-runs")


def refuse_schedule(screen: Screen) -> None:
    screen.click("import-frequency-interval")
    screen.fill("import-every", "1")
    screen.choose_value("import-unit", "minutes")
    screen.click("import-submit")
    refused(screen)


def change_source(screen: Screen) -> None:
    """As far as the question what a change means."""
    tables_are_there(screen)
    screen.click("import-table-empty")
    screen.click("import-next")
    screen.find("import-save")


def wrong_password(screen: Screen) -> None:
    sign_in(screen, "stranger@example.com", "wrong")
    screen.find("login-error")


def lock_out(screen: Screen) -> None:
    """As often as it takes: somebody may have been wrong in this world before."""
    while not screen.is_there("login-locked"):
        sign_in(screen, "stranger@example.com", "wrong")
        screen.wait(
            lambda: screen.is_there("login-locked") or screen.is_there("login-error"), "an answer"
        )


def expire_form(screen: Screen) -> None:
    screen.driver.delete_cookie("csrftoken")
    sign_in(screen, "stranger@example.com", "wrong")
    screen.wait(lambda: not screen.is_there("login-username"), "the form to have expired")


def right_password(screen: Screen) -> None:
    sign_in(screen, CAREFUL_NAME, PASSWORD)
    screen.find("login-code")


def wrong_code(screen: Screen) -> None:
    right_password(screen)
    screen.fill("login-code", "000000")
    screen.click("login-code-submit")
    refused(screen)


def sign_in(screen: Screen, name: str, password: str) -> None:
    screen.fill("login-username", name)
    screen.fill("login-password", password)
    screen.click("login-submit")


def refuse_password(screen: Screen) -> None:
    for field in screen.driver.find_elements(By.CSS_SELECTOR, "main input[type=password]"):
        field.send_keys("short")
    screen.click("password-save")
    refused(screen)


def begin_factor(screen: Screen) -> None:
    """It can be confirmed in the session only that has begun it."""
    screen.open("/me/second-factor/")
    screen.fill("factor-password", PASSWORD)
    screen.click("factor-next")
    screen.find("factor-picture")


def renew_codes(screen: Screen) -> None:
    screen.fill("factor-password", PASSWORD)
    screen.fill("factor-code", pyotp.TOTP(FACTOR_SECRET).now())
    screen.click("codes-renew")
    screen.find("codes-list")


def refused(screen: Screen) -> None:
    """Until a field says what is wrong with it."""
    errors = By.CSS_SELECTOR, "[aria-invalid=true], .field-error"
    screen.wait(lambda: screen.driver.find_elements(*errors), "words about what is wrong")
