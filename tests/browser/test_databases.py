"""A database is connected in a real browser: tabs, a trial, a save, the list of connections."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from clevertap_partners.accounts.models import Account
from integrations.models import Connection
from tests.browser.pages.base import PARTNERS, Screen
from tests.services import BigQuery

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def key_file(bigquery: BigQuery, account: Account, tmp_path: Path) -> Path:
    account.bigquery_import = True
    account.save()
    shop = bigquery.create_dataset("shop")
    bigquery.run_sql("CREATE TABLE users AS SELECT 1 AS id, 'Ada' AS name")
    file = tmp_path / "key.json"
    file.write_text(json.dumps(bigquery.create_account(datasets=[shop])))
    return file


def test_from_the_card_to_a_connection_in_the_list(
    bigquery: BigQuery, screen: Screen, key_file: Path, account: Account
) -> None:
    screen.open(PARTNERS)
    screen.tab_to("partner-integrate-bigquery")
    screen.press(Keys.ENTER)
    screen.click("bigquery-add")
    screen.fill("bq-name", "Shop warehouse")
    screen.fill("bq-dataset", "shopp")
    screen.find("bq-key-file").send_keys(str(key_file))

    screen.click("bq-test")
    screen.wait_for_text("connection-test-result", "There is no dataset shopp")
    assert not Connection.objects.exists()

    # The form stayed as it was, key and all.
    screen.fill("bq-dataset", "shop")
    screen.click("bq-test")
    screen.wait_for_text("connection-test-result", "Nothing is saved yet")
    assert not Connection.objects.exists()

    screen.click("bq-save")
    screen.wait_for_text("flash-message", "Credentials Saved")
    assert screen.is_there("partner-tag-bigquery")
    saved = Connection.objects.get()
    assert (saved.nickname, saved.target) == ("Shop warehouse", "partners-sandbox.shop")

    screen.click("nav-import-connections")
    screen.click(f"import-connection-open-{saved.pk}")
    screen.wait_for_text(f"connection-{saved.pk}", "partners-sandbox.shop")


def test_the_tabs_of_the_key_work_by_keyboard(
    bigquery: BigQuery, screen: Screen, key_file: Path
) -> None:
    screen.open(f"{PARTNERS}bigquery/?blocks=1")
    screen.wait(lambda: screen.find("bq-key-file").is_displayed(), "the first tab")
    assert not screen.driver.find_element(
        "css selector", '[data-testid="bq-key-text"]'
    ).is_displayed()

    screen.tab_to("bq-tab-file")
    screen.press(Keys.ARROW_RIGHT)
    screen.wait(lambda: screen.find("bq-key-text").is_displayed(), "the other tab")
    screen.fill("bq-name", "Pasted")
    screen.fill("bq-dataset", "shop")
    screen.driver.execute_script(
        "arguments[0].value = arguments[1]", screen.find("bq-key-text"), key_file.read_text()
    )
    screen.click("bq-save")
    screen.wait_for_text("flash-message", "Credentials Saved")
