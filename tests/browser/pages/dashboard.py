"""Sign-in, the partner list and the exports."""

from __future__ import annotations

import datetime

from django.utils import timezone
from selenium.webdriver.common.action_chains import ActionChains

from tests.browser.pages.base import PARTNERS, Screen


class SignIn(Screen):
    def sign_in(self, username: str, password: str) -> None:
        self.open("/login/")
        self.fill("login-username", username)
        self.fill("login-password", password)
        self.click("login-submit")
        self.find("nav-integrations")


class Partners(Screen):
    def visit(self) -> None:
        self.open(PARTNERS)

    def integrate_is_visible(self) -> bool:
        opacity = self.find("partner-integrate-google-cloud").value_of_css_property("opacity")
        return float(opacity) > 0.9

    def hover_card(self) -> None:
        card = self.find("partner-card-google-cloud")
        ActionChains(self.driver).move_to_element(card).perform()
        self.wait(self.integrate_is_visible, "Integrate to appear")

    def open_google_cloud(self) -> None:
        self.hover_card()
        self.click("partner-integrate-google-cloud")
        self.find("bucket-save")

    def is_integrated(self) -> bool:
        return self.is_there("partner-tag-google-cloud")


class Buckets(Screen):
    """The Google Cloud drawer."""

    def fill_block(self, number: int, nickname: str, key: str, bucket: str) -> None:
        self.fill(f"bucket-nickname-{number}", nickname)
        self.fill(f"bucket-key-{number}", key)
        self.fill(f"bucket-name-{number}", bucket)

    def add_block(self) -> None:
        self.click("bucket-add")

    def save(self) -> None:
        self.click("bucket-save")


class Exports(Screen):
    def visit(self) -> None:
        self.open(f"{PARTNERS}exports/")

    def open_form(self) -> None:
        self.click("export-add")
        self.click("export-partner-google-cloud")
        self.find("export-submit")

    def start(self, bucket: str, *clicks: str) -> str:
        """Export to the bucket with these choices; the request id."""
        self.visit()
        self.open_form()
        self.choose("export-bucket", bucket)
        for testid in clicks:
            self.click(testid)
        self.submit()
        self.wait_for_text("flash-message", "Google export has initiated")
        return self.newest()

    def submit(self) -> None:
        self.click("export-submit")

    def newest(self) -> str:
        """The request id of the row on top."""
        testid = self.wait(
            lambda: self.driver.find_element("css selector", "tr[data-testid^=export-row-]"),
            "a row",
        ).get_attribute("data-testid")
        return str(testid).rpartition("-")[2]

    def wait_until(self, status: str, request_id: str) -> None:
        self.wait_for_text(f"export-status-{request_id}", status, limit_s=90)

    def start_recurring(self, bucket: str, hours: str = "24 hours", *clicks: str) -> str:
        """Export to the bucket every so often from yesterday on; the request id."""
        self.visit()
        self.open_form()
        self.choose("export-bucket", bucket)
        self.click("export-frequency-recurring")
        self.choose("export-interval", hours)
        self.pick_day("export-start", timezone.now().date() - datetime.timedelta(days=1))
        for testid in clicks:
            self.click(testid)
        self.submit()
        self.wait_for_text("flash-message", "Google export has initiated")
        return self.newest()

    def pick_day(self, testid: str, day: datetime.date) -> None:
        """Type a date as the browser's own field for dates wants it."""
        self.find(testid).send_keys(day.strftime("%m%d%Y"))

    def wait_until_it_waits(self, request_id: str) -> None:
        """Until its run is over and the next one is to come."""
        self.wait_for_text(f"export-next-run-{request_id}", "In ", limit_s=90)
        self.wait_until("Pending", request_id)

    def run_now(self, request_id: str) -> None:
        self.click(f"export-run-now-{request_id}")
        self.wait_for_text("flash-message", f"Export {request_id} runs now")

    def detail(self, request_id: str, tab: str = "overview") -> None:
        self.open(f"{PARTNERS}exports/{request_id}/?tab={tab}")
