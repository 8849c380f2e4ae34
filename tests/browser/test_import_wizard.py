"""Creating an import in a browser, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from selenium.webdriver.common.keys import Keys

from clevertap_partners.accounts.models import Account
from imports.models import Import
from integrations.models import Connection
from tests.browser.pages.base import PARTNERS, Screen
from tests.fakes.warehouse import FakeWarehouse, shop_dataset, sql_mistake

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

NEW = f"{PARTNERS}imports/new/"


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> FakeWarehouse:
    fake = shop_dataset()
    monkeypatch.setattr(
        "imports.wizard_warehouse.connection_open_warehouse", lambda *, connection: fake
    )
    return fake


@pytest.fixture
def screen(quiet_screen: Screen, account: Account, warehouse: FakeWarehouse) -> Screen:
    """The first step, for an account that has one connection."""
    account.bigquery_import = True
    account.save()
    Connection.objects.create(
        account=account,
        partner="bigquery",
        nickname="Shop data",
        client_email="reader@shop.iam.gserviceaccount.com",
        project_id="shop",
        key_added_at=timezone.now(),
    )
    quiet_screen.open(NEW)
    return quiet_screen


@pytest.fixture
def narrow(screen: Screen) -> Iterator[Screen]:
    """As wide as a telephone."""
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    screen.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield screen
    screen.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def configure(screen: Screen) -> None:
    screen.fill("import-nickname", "People")
    screen.click("import-table-users")
    screen.wait_for_text("import-estimate", "1.0 MB")


def map_events(screen: Screen) -> None:
    configure(screen)
    screen.click("import-next")
    screen.click("import-kind-events")
    screen.fill("import-event-name", "Signed Up")


def test_an_import_is_created_from_the_first_step_to_the_last(screen: Screen) -> None:
    configure(screen)
    screen.click("import-preview")
    screen.wait_for_text("import-preview-rows", "u-49")
    screen.click("import-next")
    screen.click("import-kind-events")
    screen.fill("import-event-name", "Signed Up")
    screen.fill("import-name-plan", "Plan")
    screen.click("import-include-visits")
    screen.click("import-dry-run")
    screen.wait_for_text("import-dry-run-counts", "60")
    screen.click("import-next")
    screen.fill("import-every", "2")
    screen.choose("import-unit", "hours")
    screen.wait_for_text("import-next-runs", "at once")
    screen.click("import-submit")
    screen.wait_for_text("flash-message", "“People” has started.")
    item = Import.objects.get()
    assert item.schedule["every"] == 2
    assert [each["name"] for each in item.mapping["properties"]] == ["Plan"]
    assert item.runs.count() == 1


def test_everything_is_within_reach_of_the_keyboard(screen: Screen) -> None:
    screen.tab_to("import-nickname")
    screen.press("People")
    screen.find("import-table-users")
    screen.tab_to("import-table-search")
    screen.press("users")
    screen.tab_to("import-table-users")
    screen.press(Keys.SPACE)
    screen.tab_to("import-preview")
    screen.press(Keys.ENTER)
    screen.wait(lambda: screen.focused() == "import-preview-panel", "the preview to have the focus")
    screen.tab_to("import-next")
    screen.press(Keys.ENTER)
    screen.find("import-kind-profiles")
    screen.tab_to("import-kind-profiles")
    screen.press(Keys.ENTER)
    screen.find("import-identity-column")
    for testid in ("import-identity-column", "import-cursor", "import-include-plan"):
        screen.tab_to(testid)
    # The page's own check has answered: it puts the bar with the button in anew.
    screen.find("import-mapping-fine")
    screen.tab_to("import-next")
    screen.press(Keys.ENTER)
    screen.find("import-submit")
    screen.tab_to("import-frequency-interval")
    screen.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    screen.tab_to("import-when-now")
    screen.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    screen.wait_for_text("import-next-runs", "Run now")
    screen.tab_to("import-submit")
    screen.press(Keys.ENTER)
    screen.wait_for_text("flash-message", "“People” is ready.")


def test_a_draft_is_kept_while_somebody_types_and_taken_up_again(screen: Screen) -> None:
    configure(screen)
    screen.wait(lambda: "/configure/" in screen.driver.current_url, "an address of its own")
    item = Import.objects.get()
    screen.open(f"{PARTNERS}imports/{item.pk}/continue/")
    screen.wait(lambda: screen.find("import-table-users").is_selected(), "the table to be picked")
    screen.click("import-next")
    screen.click("import-kind-events")
    screen.fill("import-event-name", "Signed Up")
    screen.fill("import-name-plan", "Plan of today")
    screen.press(Keys.TAB)
    screen.wait_for_text("import-mapping-fine", "2 properties")
    screen.open(f"{PARTNERS}imports/{item.pk}/continue/")
    screen.find("import-submit")
    screen.click("import-back")
    field = screen.find("import-name-plan")
    assert field.get_attribute("value") == "Plan of today"


def test_switching_asks_and_can_be_undone(screen: Screen) -> None:
    map_events(screen)
    screen.click("import-kind-profiles")
    screen.click("confirm-ok")
    screen.find("import-switch-undo")
    assert not screen.is_there("import-event-name")
    screen.click("import-switch-undo")
    assert screen.find("import-event-name").get_attribute("value") == "Signed Up"


def test_a_mistake_in_sql_shows_while_one_writes(screen: Screen, warehouse: FakeWarehouse) -> None:
    warehouse.error = sql_mistake("Syntax error: no FORM.", 1, 10)
    screen.fill("import-nickname", "People")
    screen.click("import-source-sql")
    screen.fill("import-sql", "SELECT * FORM users")
    screen.press(Keys.TAB)
    screen.wait_for_text("import-sql-mistake", "Line 1, column 10")
    warehouse.error = None
    screen.fill("import-sql", "SELECT * FROM users")
    screen.press(Keys.TAB)
    screen.wait_for_text("import-estimate", "2 columns")
    assert not screen.is_there("import-sql-mistake")


def test_times_are_added_and_removed_in_place(screen: Screen) -> None:
    map_events(screen)
    screen.click("import-next")
    screen.click("import-frequency-custom")
    screen.click("import-add-week")
    screen.wait_for_text("import-next-runs", "Tue")
    screen.click("import-remove-week-0")
    screen.wait(lambda: not screen.is_there("import-week-1-day"), "one row")
    screen.click("import-days-of-month")
    screen.choose("import-month-0-day", "Last day")
    screen.click("import-submit")
    screen.wait_for_text("flash-message", "is scheduled")
    assert Import.objects.get().schedule["entries"] == [{"day": "last", "time": "09:00"}]


def test_a_narrow_screen_does_not_scroll_sideways(narrow: Screen, member: User) -> None:
    def fits() -> None:
        wide = "return [document.documentElement.scrollWidth, innerWidth]"
        width, window = narrow.driver.execute_script(wide)
        assert width <= window == 390

    narrow.open(NEW)
    configure(narrow)
    narrow.click("import-preview")
    narrow.find("import-preview-rows")
    fits()
    narrow.click("import-next")
    narrow.click("import-kind-events")
    narrow.fill("import-event-name", "Signed Up")
    fits()
    narrow.click("import-next")
    narrow.click("import-frequency-custom")
    narrow.find("import-submit")
    fits()


def test_what_was_typed_last_is_kept_when_the_wizard_is_left(screen: Screen) -> None:
    configure(screen)
    screen.wait(lambda: "/configure/" in screen.driver.current_url, "an address of its own")
    screen.wait_for_text("import-estimate", "1.0 MB")
    screen.fill("import-nickname", "Everybody")
    screen.open(f"{PARTNERS}imports/")
    screen.wait(lambda: Import.objects.get().nickname == "Everybody", "the name to be kept")


def test_a_pause_in_typing_is_enough_to_keep_it(screen: Screen) -> None:
    map_events(screen)
    screen.wait(
        lambda: Import.objects.get().mapping["event_name"] == "Signed Up", "the name to be kept"
    )


def test_enter_in_a_search_does_not_leave_the_step(screen: Screen) -> None:
    screen.fill("import-nickname", "People")
    screen.find("import-table-users")
    screen.fill("import-table-search", "users")
    screen.press(Keys.ENTER)
    screen.click("import-table-users")
    assert not screen.is_there("import-errors")
    screen.click("import-next")
    screen.click("import-kind-events")
    screen.fill("import-columns-search", "plan")
    screen.press(Keys.ENTER)
    screen.fill("import-event-name", "Signed Up")
    assert not screen.is_there("import-errors")
