"""What a browser loads that has never been here, as production serves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.browser.pages.base import PARTNERS
from tests.browser.screens.production import production
from tests.browser.screens.registry import ADMIN, MUCH
from tests.browser.screens.worlds import make_world
from tests.services import Sandbox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

LIMIT_BYTES = 150_000
LOADED = """
return [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map(({name, transferSize}) => [name, transferSize]);
"""


def test_the_list_of_exports_weighs_less_than_150_kb(
    chromium: Chrome, quiet: None, valkey: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    admin = make_world(MUCH, sandbox).people[ADMIN]
    with production(tmp_path, valkey) as server, first_visit(chromium):
        server.sign_in(chromium, admin)
        chromium.get(f"{server.url}{PARTNERS}exports/")
        assert "Exports" in chromium.title
        loaded = dict(chromium.execute_script(LOADED))
    endings = {Path(name).suffix for name in loaded}
    assert {".css", ".js", ".svg"} <= endings
    assert sum(loaded.values()) < LIMIT_BYTES, loaded


@contextmanager
def first_visit(driver: Chrome) -> Iterator[None]:
    """With nothing in the cache, before or after."""
    driver.get("about:blank")
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    yield
    driver.get("about:blank")
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
