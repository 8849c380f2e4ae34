"""The form of an export as somebody uses it who has not decided yet."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from selenium.webdriver.common.keys import Keys

from clevertap_partners.accounts.models import Account
from exports.models import Export
from integrations.models import Connection
from tests.browser.pages.base import PARTNERS, Screen
from tests.states import connection_for_screens, recurring_for_screens, run_done

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

FORM = f"{PARTNERS}exports/new/?partner=google-cloud"
OF_FORMATS = ("first-line-record", "values-as-strings", "formula-guard", "compress")


@pytest.fixture
def screen(quiet_screen: Screen, account: Account, tmp_path: Path) -> Screen:
    """The open form of an account that has a bucket, an event and a person."""
    connection_for_screens(account)
    yesterday = int((timezone.now() - datetime.timedelta(days=1)).timestamp())
    event = {"type": "event", "identity": "u-1", "evtName": "Charged", "ts": yesterday}
    person = {
        "type": "profile",
        "identity": "u-1",
        "ts": yesterday,
        "profileData": {"Plan": "gold"},
    }
    file = tmp_path / "records.ndjson"
    file.write_text("\n".join(json.dumps(record) for record in (event, person)))
    call_command("load_events", str(file), account=account.pk, stdout=StringIO())
    quiet_screen.open(FORM)
    return quiet_screen


def shown(screen: Screen, *names: str) -> set[str]:
    return {name for name in names if screen.find(f"export-{name}").is_displayed()}


def test_each_choice_shows_the_options_it_has(screen: Screen) -> None:
    screen.click("export-options")
    assert shown(screen, *OF_FORMATS) == {"first-line-record", "values-as-strings", "compress"}
    screen.click("export-format-csv")
    assert shown(screen, *OF_FORMATS) == {"formula-guard", "compress"}
    screen.click("export-format-xml")
    assert shown(screen, *OF_FORMATS) == {"compress"}
    screen.click("export-format-parquet")
    assert shown(screen, *OF_FORMATS) == {"values-as-strings"}
    screen.click("export-format-json")
    screen.click("export-type-all_user_properties")
    assert shown(screen, *OF_FORMATS, "range") == {"values-as-strings"}


def test_the_estimate_and_the_open_preview_follow_the_form(screen: Screen) -> None:
    screen.wait_for_text("export-estimate", "About 1 event in 2 files")
    screen.click("export-preview")
    screen.wait(lambda: screen.focused() == "export-preview-panel", "the preview to have the focus")
    assert screen.text("export-preview-text").startswith("Charged\n{")
    screen.click("export-format-csv")
    screen.wait_for_text("export-preview-text", "ts,eventName,")
    screen.wait_for_text("export-estimate", "of CSV")
    assert screen.focused() == "export-format-csv"
    screen.click("export-type-all_user_properties")
    screen.wait_for_text("export-estimate", "About 1 profile in 2 files")
    screen.wait_for_text("export-preview-text", "identity,all_identities")
    screen.click("export-format-parquet")
    screen.wait_for_text("export-preview-columns", "Plan")
    screen.click("export-type-select_events")
    screen.wait_for_text("export-estimate", "Select at least one event")
    assert not Export.objects.exists()


def test_the_enter_key_exports_and_does_not_preview(screen: Screen) -> None:
    screen.choose("export-bucket", "Warehouse")
    screen.choose("export-range", "Specific day")
    screen.find("export-day").send_keys(timezone.now().strftime("%m%d%Y"))
    screen.press(Keys.ENTER)
    screen.wait_for_text("flash-message", "Google export has initiated")
    assert Export.objects.get().range_kind == "specific_day"


def test_everything_is_within_reach_of_the_keyboard(screen: Screen) -> None:
    screen.tab_to("export-options")
    screen.press(Keys.ENTER)
    for testid in ("export-values-as-strings", "export-compress", "export-manifest"):
        screen.tab_to(testid)
    screen.tab_to("export-preview")
    screen.press(Keys.ENTER)
    screen.wait(lambda: screen.focused() == "export-preview-panel", "the preview to have the focus")
    screen.press(Keys.TAB)
    assert screen.focused() == "export-preview-text"


def test_a_narrow_screen_scrolls_the_preview_and_not_itself(screen: Screen) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    screen.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        screen.open(FORM)
        screen.click("export-preview")
        screen.find("export-preview-text")
        widths = "return [document.querySelector('.drawer-body').scrollWidth, innerWidth]"
        inside, window = screen.driver.execute_script(widths)
        assert inside <= window == 390
    finally:
        screen.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def narrow(screen: Screen) -> Iterator[Screen]:
    """As wide as a telephone."""
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    screen.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield screen
    screen.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_frequency_shows_its_own_fields_only(screen: Screen) -> None:
    assert shown(screen, "range", "interval", "start", "start-time") == {"range"}
    screen.click("export-frequency-recurring")
    assert shown(screen, "range", "interval", "start", "start-time") == {
        "interval",
        "start",
        "start-time",
    }
    screen.click("export-type-all_user_properties")
    assert shown(screen, "range", "interval") == {"interval"}


def test_the_next_runs_follow_the_schedule(screen: Screen) -> None:
    screen.click("export-frequency-recurring")
    screen.wait_for_text("export-estimate", "First run, at once")
    screen.wait_for_text("export-next-runs", "00:00")
    screen.find("export-start-time").send_keys("0615PM")
    screen.wait_for_text("export-next-runs", "18:15")
    screen.choose("export-interval", "12 hours")
    screen.wait_for_text("export-next-runs", "06:15")
    screen.fill("export-start", "01012020")
    screen.wait_for_text("export-estimate", "at most 60 days back")
    assert not Export.objects.exists()


@pytest.mark.parametrize("path", ["", "{0}/", "{0}/?tab=runs", "{0}/?tab=stats", "{0}/edit/"])
def test_a_narrow_screen_does_not_scroll_sideways(path: str, narrow: Screen, member: User) -> None:
    export = recurring_for_screens(Connection.objects.get(), member)
    run_done(export)
    narrow.open(f"{PARTNERS}exports/{path.format(export)}")
    narrow.find("brand-home")
    wide = "return [document.documentElement.scrollWidth, innerWidth]"
    width, window = narrow.driver.execute_script(wide)
    assert width <= window == 390


def test_stopping_by_keyboard_asks_first(screen: Screen, member: User) -> None:
    export = recurring_for_screens(Connection.objects.get(), member)
    screen.open(f"{PARTNERS}exports/")
    screen.tab_to(f"export-stop-{export}")
    screen.press(Keys.ENTER)
    screen.wait(lambda: screen.focused() == "drawer", "focus in the drawer")
    screen.tab_to("confirm-ok")
    screen.press(Keys.ENTER)
    screen.wait_for_text("flash-message", "Data export stopped")
    screen.wait_for_text(f"export-status-{export}", "Stopped")
