"""Webhooks as an admin meets them: a first one, its secret, a test that tells how it went."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from selenium.webdriver import Chrome

from clevertap_partners.webhooks.models import Endpoint
from tests.browser.conftest import signed_in
from tests.browser.pages.base import PARTNERS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.services]
ALERTS = f"{PARTNERS}exports/alerts/"


@pytest.fixture
def admin_screen(
    chromium: Chrome, live_server: object, workers: None, admin_user_: User
) -> Iterator[Screen]:
    with signed_in(chromium, live_server, admin_user_) as screen:
        yield screen


def test_a_first_webhook_is_added_and_tested_without_a_reload(admin_screen: Screen) -> None:
    screen = admin_screen
    screen.open(ALERTS)
    screen.driver.execute_script("window.stayed = true")
    screen.click("alert-add")
    screen.click("alert-use-sandbox")
    screen.wait(
        lambda: "/hooks/alerts-" in str(screen.find("alert-url").get_attribute("value")),
        "the sandbox's receiver in the field",
    )
    screen.click("alert-save")
    assert screen.text("alert-secret") == Endpoint.objects.get().secret
    endpoint = Endpoint.objects.get()

    screen.click("alert-secret-done")
    assert screen.text(f"alert-state-{endpoint.pk}") == "Enabled"
    screen.click(f"alert-test-{endpoint.pk}")
    assert "Delivered" in screen.text("alert-delivered")
    screen.click("alert-close")
    screen.wait(
        lambda: "delivered (200)" in screen.text(f"alert-last-{endpoint.pk}"),
        "the list to show the test",
    )
    assert screen.driver.execute_script("return window.stayed")

    screen.open("/sandbox/hooks/")
    assert screen.text("sandbox-hook-signature-0") == "Verified"


def let_the_receiver_answer(screen: Screen, answer: str) -> None:
    screen.open("/sandbox/hooks/")
    screen.choose("sandbox-hook-answer", answer)
    screen.click("sandbox-hook-answer-save")
    # What is opened while a form is on its way would be replaced by the form's answer.
    screen.wait_for_text("flash-message", "answers from now on")


def test_a_failing_webhook_is_seen_in_its_log_and_redelivered(admin_screen: Screen) -> None:
    screen = admin_screen
    let_the_receiver_answer(screen, "500, an error")
    screen.open(f"{ALERTS}new/?sandbox=1")
    screen.click("alert-save")
    screen.click("alert-test-now")
    assert "answered 500" in screen.text("alert-given-up")

    let_the_receiver_answer(screen, "200, as it should")
    endpoint = Endpoint.objects.get()
    delivery = endpoint.deliveries.get()
    screen.open(f"{ALERTS}{endpoint.pk}/deliveries/")
    screen.click(f"delivery-redeliver-{delivery.pk}")
    assert "Delivered" in screen.text("alert-delivered")
    screen.click("alert-close")
    screen.wait(
        lambda: screen.text(f"delivery-state-{delivery.pk}") == "Delivered", "the log to show it"
    )
