"""A browser before a world, with nothing at work behind it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import LazySettings
from selenium.webdriver import Chrome

from tests.browser.screens.visiting import Visitor, visitor
from tests.browser.screens.worlds import make_world
from tests.fakes.warehouse import shop_dataset
from tests.services import Sandbox

Visit = Callable[[str], AbstractContextManager[Visitor]]


@pytest.fixture
def visit(
    chromium: Chrome,
    live_server: object,
    quiet: None,
    sandbox: Sandbox,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Visit:
    """A visitor of the world in that state."""
    settings.ROOT_URLCONF = "tests.browser.screens.urls"
    settings.SANDBOX_MAIL_DIR = tmp_path / "mail"
    settings.AXES_FAILURE_LIMIT = 2  # one wrong password is refused, the next locks out
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    warehouse = shop_dataset()
    monkeypatch.setattr(
        "imports.wizard_warehouse.connection_open_warehouse", lambda *, connection: warehouse
    )
    url: str = live_server.url  # type: ignore[attr-defined]
    return lambda state: visitor(chromium, url, make_world(state, sandbox))
