"""What a page does by itself: asks again while somebody looks, and says what has changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.signals import request_started

from clevertap_partners.accounts.models import Account
from exports.models import Export
from tests.browser.pages.base import PARTNERS, Screen
from tests.states import connection_for_screens, export_for_screens, finish

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

# As if two seconds were a fifth of one.
HURRY = "document.querySelector('[data-live]').dataset.live = '0.2'"
UNFOCUSED = "Object.defineProperty(document, 'hasFocus', { value: () => false })"
NO_ANSWER = """
window.asked = [];
window.fetch = () => {
  window.asked.push(performance.now());
  return Promise.resolve(new Response("", { status: 503 }));
};
"""


@pytest.fixture
def export(account: Account, member: User, quiet: None) -> Export:
    return export_for_screens(connection_for_screens(account), member)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """The addresses that the server was asked for."""
    paths: list[str] = []

    def note(environ: dict[str, Any], **_: Any) -> None:
        paths.append(environ["PATH_INFO"])

    request_started.connect(note)
    yield paths
    request_started.disconnect(note)


def times_asked(asked: list[str]) -> int:
    return sum(path.endswith("/exports/rows/") for path in asked)


def test_a_list_is_silent_while_hidden_and_tells_what_happened_once_it_is_shown(
    quiet_screen: Screen, export: Export, asked: list[str]
) -> None:
    screen, driver = quiet_screen, quiet_screen.driver
    screen.open(f"{PARTNERS}exports/")
    screen.find(f"export-link-{export}")
    driver.execute_script(f"{UNFOCUSED}; {HURRY}")
    screen.wait(lambda: times_asked(asked) > 2, "the list to ask again and again")
    # Another tab in front: this one is hidden.
    driver.execute_script("document.querySelector('[data-testid^=export-link]').focus()")
    page = driver.current_window_handle
    driver.switch_to.new_window("tab")
    finish(export)
    time.sleep(0.5)  # what was under way
    before = times_asked(asked)
    time.sleep(1.5)
    assert times_asked(asked) == before
    driver.close()
    driver.switch_to.window(page)
    screen.wait_for_text(f"export-status-{export}", "Done")
    assert times_asked(asked) > before
    said = screen.find("live-news").get_attribute("textContent")
    assert said == f"Export {export} is done: 3 rows in the bucket."
    assert driver.title == f"(1) Export {export} done – Exports · Partners"
    assert screen.focused() == f"export-link-{export}"
    # Nothing is open any more, and somebody looks.
    before = times_asked(asked)
    driver.execute_script("window.dispatchEvent(new Event('focus'))")
    assert driver.title == "Exports · Partners"
    assert not driver.execute_script("return document.querySelector('[data-live]')")
    assert times_asked(asked) == before


def test_an_export_that_leaves_a_filtered_list_is_told_of(
    quiet_screen: Screen, export: Export
) -> None:
    screen, driver = quiet_screen, quiet_screen.driver
    screen.open(f"{PARTNERS}exports/?status={export.status}")
    screen.find(f"export-link-{export}")
    driver.execute_script(f"{UNFOCUSED}; {HURRY}")
    finish(export)
    screen.find("export-empty-show-all")
    said = screen.find("live-news").get_attribute("textContent")
    assert said == f"Export {export} is done: 3 rows in the bucket."
    assert driver.title == f"(1) Export {export} done – Exports · Partners"
    # Others may come.
    assert driver.execute_script("return document.querySelector('[data-live]').dataset.live")


def test_a_server_in_trouble_is_asked_less_and_less(quiet_screen: Screen, export: Export) -> None:
    screen, driver = quiet_screen, quiet_screen.driver
    screen.open(f"{PARTNERS}exports/{export}/")
    screen.find("export-tab-overview")
    driver.execute_script(f"{NO_ANSWER} {HURRY}")
    screen.wait(lambda: len(driver.execute_script("return asked")) > 3, "four attempts")
    first, second, third, fourth = driver.execute_script("return asked.slice(0, 4)")
    assert fourth - third > 1.5 * (third - second) > 1.5 * 1.5 * (second - first) - 500
    assert fourth - third > 1000


def test_the_title_of_an_export_says_how_far_it_is(quiet_screen: Screen, export: Export) -> None:
    screen, run = quiet_screen, export.runs.get()
    screen.open(f"{PARTNERS}exports/{export}/")
    assert screen.driver.title == f"Export {export} · Partners"
    run.units.create(part=0, rows_counted=100, rows_written=43)
    export.runs.update(status="running", rows_counted=100)
    screen.wait(
        lambda: screen.driver.title == f"43 % – Export {export} · Partners", "the title to go on"
    )
