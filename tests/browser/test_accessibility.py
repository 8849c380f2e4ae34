"""axe looks at every screen and drawer, in light and in dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from axe_selenium_python import Axe
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from selenium.webdriver import Chrome

from clevertap_partners.accounts.models import Account, Role
from clevertap_partners.accounts.services import member_set
from clevertap_partners.eventstore.models import EventType
from exports.services import export_stop
from tests.browser.pages.base import PARTNERS, Screen
from tests.lakes import DAY
from tests.services import Sandbox
from tests.states import (
    alerts_for_screens,
    connection_for_screens,
    export_for_screens,
    finish,
    put_in_trouble,
    recurring_for_screens,
    run_done,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

# The axe that comes with the package is older than these shapes: it does not know that a list of
# definitions may hold groups, and wants nothing but boxes between a legend and its boxes, where we
# have a search field. Newer versions of axe have changed the first two and dropped the third.
OUTDATED_RULES = ("dlitem", "definition-list", "checkboxgroup")
EVERYTHING = {"rules": {rule: {"enabled": False} for rule in OUTDATED_RULES}}
# Only colours differ in the dark.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


@pytest.fixture
def addresses(account: Account, member: User, quiet: None, sandbox: Sandbox) -> list[str]:
    """Every screen, with something of every kind on it."""
    member_set(account=account, user=member, role=Role.ADMIN)
    email = sandbox.create_service_account()["client_email"]
    sandbox.create_bucket("shop-exports", retention_s=86_400)
    sandbox.console.lock_retention("shop-exports")
    sandbox.console.disable_account(email)
    EventType.objects.create(account=account, name="Charged", first_day=DAY, last_day=DAY)
    connection = connection_for_screens(account)
    pending, troubled, done = (export_for_screens(connection, member) for _ in range(3))
    waiting, stopped = (recurring_for_screens(connection, member) for _ in range(2))
    run_done(waiting)
    export_stop(export=stopped, actor=None, reason="It had failed for three days.")
    put_in_trouble(troubled)
    finish(done)
    one = [
        reverse(f"connection_{name}", args=[account.pk, connection.pk])
        for name in ("rename", "replace_key", "delete")
    ]
    below = [
        "",
        "?q=nothing+has+this+name",
        "google-cloud/?blocks=2",
        "activity/",
        "exports/",
        "exports/?q=1",
        "exports/new/?partner=google-cloud",
        "exports/alerts/",
        *(f"exports/alerts/{path}" for path in alerts_for_screens(account)),
        f"exports/{pending}/stop/",
        f"exports/{troubled}/",
        *(f"exports/{done}/?tab={tab}" for tab in ("overview", "runs", "files", "stats")),
        f"exports/{done}/?tab=stats&by=event",
        f"exports/{done}/edit/",
        f"exports/{waiting}/edit/",
        f"exports/{waiting}/stop/",
        *(f"exports/{waiting}/?tab={tab}" for tab in ("overview", "runs", "files", "stats")),
        f"exports/{stopped}/",
    ]
    console = [
        "/sandbox/",
        "/sandbox/hooks/",
        f"/sandbox/accounts/{email}/",
        "/sandbox/buckets/shop-exports/",
    ]
    return [*(PARTNERS + path for path in below), *one, *console]


@pytest.fixture
def still(chromium: Chrome) -> Iterator[None]:
    """Without motion, so that no colour is caught half way; light again afterwards."""
    emulate(chromium, {"prefers-reduced-motion": "reduce"})
    yield
    emulate(chromium, {})


def test_no_screen_has_an_accessibility_problem(
    quiet_screen: Screen, addresses: list[str], still: None
) -> None:
    found = {}
    for address in addresses:
        quiet_screen.open(address)
        quiet_screen.find("brand-home")
        found |= problems(quiet_screen, address)
    assert not found, json.dumps(found, indent=2)


def test_the_form_that_was_refused_has_no_accessibility_problem(
    quiet_screen: Screen, addresses: list[str], still: None
) -> None:
    quiet_screen.open(f"{PARTNERS}exports/new/?partner=google-cloud")
    quiet_screen.click("export-type-select_events")
    quiet_screen.click("export-options")
    quiet_screen.click("export-submit")
    quiet_screen.find("export-events-error")
    assert not problems(quiet_screen, "refused")


def test_the_form_of_a_recurring_export_has_no_accessibility_problem(
    quiet_screen: Screen, addresses: list[str], still: None
) -> None:
    quiet_screen.open(f"{PARTNERS}exports/new/?partner=google-cloud")
    quiet_screen.click("export-frequency-recurring")
    quiet_screen.find("export-next-runs")
    assert not problems(quiet_screen, "recurring")
    quiet_screen.fill("export-start", "01012020")
    quiet_screen.click("export-submit")
    quiet_screen.find("export-start-error")
    assert not problems(quiet_screen, "recurring, refused")


@pytest.mark.parametrize("format_key", ["json", "parquet"])
def test_the_form_with_estimate_and_preview_has_no_accessibility_problem(
    format_key: str, quiet_screen: Screen, account: Account, still: None, tmp_path: Path
) -> None:
    connection_for_screens(account)
    now = int(timezone.now().timestamp())
    file = tmp_path / "person.ndjson"
    file.write_text(json.dumps({"type": "profile", "identity": "u-1", "ts": now}))
    call_command("load_events", str(file), account=account.pk, stdout=StringIO())
    quiet_screen.open(f"{PARTNERS}exports/new/?partner=google-cloud")
    quiet_screen.click("export-type-all_user_properties")
    quiet_screen.click(f"export-format-{format_key}")
    quiet_screen.click("export-options")
    quiet_screen.click("export-preview")
    quiet_screen.find("export-preview-text" if format_key == "json" else "export-preview-columns")
    quiet_screen.wait_for_text("export-estimate", "About 1 profile")
    assert not problems(quiet_screen, "estimate and preview")


def problems(screen: Screen, name: str) -> dict[str, Any]:
    """What axe says of the page that is open, by colour scheme."""
    emulate(screen.driver, {"prefers-reduced-motion": "reduce"})
    light = violations(screen, EVERYTHING)
    emulate(screen.driver, {"prefers-reduced-motion": "reduce", "prefers-color-scheme": "dark"})
    dark = violations(screen, COLOURS)
    return {key: each for key, each in ((name, light), (f"{name}, dark", dark)) if each}


def violations(screen: Screen, options: dict[str, Any]) -> list[dict[str, Any]]:
    axe = Axe(screen.driver)
    axe.inject()
    return [
        {"rule": one["id"], "help": one["help"], "where": [n["target"] for n in one["nodes"]]}
        for one in axe.run(options=json.dumps(options))["violations"]
    ]


def emulate(driver: Chrome, media: dict[str, str]) -> None:
    features = [{"name": name, "value": value} for name, value in media.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
