"""A real browser on a real server, with real workers behind it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from redis import Redis
from selenium import webdriver
from selenium.common.exceptions import SessionNotCreatedException
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.service import Service

from tests.browser.pages.base import Screen
from tests.browser.pages.dashboard import SignIn
from tests.conftest import PASSWORD
from tests.processes import environment_for_tests, manage
from tests.services import Sandbox

QUEUES = ("high", "default", "alerts")
COOKIES_LIMIT_S = 15.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1000",
    # A mouse that can hover: without a screen, Chromium takes itself for a touch device.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,"
    "primaryPointerType=4,availablePointerTypes=4",
)


@pytest.fixture(scope="session")
def downloads() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="partners-downloads-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def chromium(downloads: Path) -> Iterator[Chrome]:
    with tempfile.TemporaryDirectory(prefix="partners-chromium-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.add_experimental_option(
            "prefs",
            {"download.default_directory": str(downloads), "download_bubble.enabled": False},
        )
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = started(options)
        driver.set_page_load_timeout(60)
        yield driver
        driver.quit()


def started(options: webdriver.ChromeOptions) -> Chrome:
    """A browser; on a machine so busy that it does not come up in time, a second one."""
    # The driver's path is given, so that Selenium does not look for one on the network.
    try:
        return Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    except SessionNotCreatedException:
        return Chrome(options=options, service=Service("/usr/bin/chromedriver"))


@pytest.fixture
def workers(
    transactional_db: None,
    valkey: str,
    sandbox: Sandbox,
    settings: LazySettings,
    tmp_path: Path,
) -> Iterator[None]:
    """A scheduler and a worker on this test's database, lake, queue and sandbox."""
    settings.LAKE_URL = str(tmp_path / "lake")
    settings.SCRATCH_DIR = tmp_path / "scratch"
    settings.RQ_QUEUES = {name: {"URL": valkey} for name in QUEUES}
    Redis.from_url(valkey, socket_timeout=5).flushall()
    environment = environment_for_tests(valkey)
    with ExitStack() as stack:
        for command in (["run_scheduler"], ["rqworker", *QUEUES]):
            stack.enter_context(manage(*command, environment=environment))
        yield


@pytest.fixture
def screen(chromium: Chrome, live_server: object, workers: None, member: User) -> Iterator[Screen]:
    """The browser, signed in as a member. Fails if the page logged an error."""
    with signed_in(chromium, live_server, member) as screen:
        yield screen


@pytest.fixture
def quiet_screen(
    chromium: Chrome, live_server: object, quiet: None, member: User
) -> Iterator[Screen]:
    """As `screen`, but nothing works in the background: what a test sets up stays as it is."""
    with signed_in(chromium, live_server, member) as screen:
        yield screen


@pytest.fixture
def quiet(transactional_db: None, valkey: str, settings: LazySettings, tmp_path: Path) -> None:
    settings.LAKE_URL = str(tmp_path / "lake")
    settings.RQ_QUEUES = {name: {"URL": valkey} for name in QUEUES}


def forget_cookies(chromium: Chrome) -> None:
    """Until none has come for half a second: what a page sends as it is left is answered late, and
    the answer may bring the cookies of the person before."""
    until = time.monotonic() + COOKIES_LIMIT_S
    quiet_since = time.monotonic()
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    while time.monotonic() - quiet_since < 0.5:
        assert time.monotonic() < until, "cookies kept coming"
        if chromium.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]:
            chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
            quiet_since = time.monotonic()
        time.sleep(0.05)


@contextmanager
def signed_in(chromium: Chrome, live_server: object, person: User) -> Iterator[Screen]:
    url: str = live_server.url  # type: ignore[attr-defined]
    chromium.get("about:blank")  # first: the page of an earlier test may still be asking
    forget_cookies(chromium)
    chromium.get_log("browser")
    SignIn(chromium, url).sign_in(person.username, PASSWORD)
    yield Screen(chromium, url)
    severe = [line for line in chromium.get_log("browser") if line["level"] == "SEVERE"]
    assert not severe, severe
