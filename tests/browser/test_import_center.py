"""The import center as a marketer sees it: the list, an import, its failed rows and their files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pytest
from selenium.webdriver.common.by import By

from clevertap_partners.accounts.models import Account
from imports import row_faults
from imports.models import Import, ImportRun
from tests.browser.pages.base import PARTNERS, Screen
from tests.browser.pages.console import Console
from tests.imports.factories import (
    keep_failed,
    make_batch,
    make_connection,
    make_import,
    make_run,
    open_run,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

IMPORTS = f"{PARTNERS}imports/"
ROWS = 45


@pytest.fixture
def item(account: Account, quiet: None) -> Import:
    """An import with a run of which 45 rows have failed, and imports in every other state."""
    Account.objects.update(bigquery_import=True)
    connection = make_connection(account)
    make_import(
        connection, nickname="Leads", status="draft", mapping={}, schedule={}, frequency="", kind=""
    )
    for status in ("ready", "paused", "stopped"):
        other = make_import(connection, nickname=f"Visits, {status}", status=status)
        make_run(other, rows_imported=40 if status == "paused" else 100, rows_failed=60)
    trouble = make_import(connection, nickname="Refunds")
    Import.objects.filter(pk=trouble.pk).update(
        trouble_code="column_missing",
        trouble_message="The column “amount” is mapped, but the source does not have it any more.",
        trouble_fix="Bring the column back, or edit the import and map another.",
        trouble_turn="customer",
        trouble_remedy="import",
    )
    item = make_import(connection, nickname="Orders")
    number, date = row_faults.NOT_A_NUMBER, row_faults.DATE_FORMAT
    run = make_run(
        item,
        rows_read=10_000,
        rows_imported=10_000 - ROWS,
        rows_failed=ROWS,
        rows_known=3,
        failed_rows_kept=ROWS,
        bytes_billed=12_500_000,
        failures={number: {"amount": ROWS}, date: {"born": 1}},
        notes=["The source has a new column, “coupon”. It is not mapped."],
    )
    original = pa.table(
        {
            "customer": [f"c-{row}@example.com" for row in range(ROWS)],
            "amount": [f"{row} EUR" for row in range(ROWS)],
            "born": ["1999-12-31", *["31/12/1999"] * (ROWS - 1)],
        }
    )
    failures: list[list[tuple[str, str, str | None]]] = [
        [("amount", number, f"{row} EUR")] for row in range(ROWS)
    ]
    failures[0].append(("born", date, "1999-12-31"))
    keep_failed(run, original, failures)
    return item


def test_a_list_a_run_and_its_failed_rows(
    quiet_screen: Screen, item: Import, downloads: Path
) -> None:
    screen = quiet_screen
    screen.open(IMPORTS)
    assert "Scheduled" in screen.text(f"import-status-{item.pk}")
    assert "99.55 %" in screen.text(f"import-health-{item.pk}")
    screen.fill("import-search", "order")
    screen.click("import-filter-apply")
    screen.wait(lambda: len(rows(screen)) == 1, "one row")

    screen.click(f"import-link-{item.pk}")
    assert "Every 2 hours" in screen.text("import-schedule")
    screen.click("import-tab-runs")
    screen.click("import-run-link-1")
    screen.wait_for_text("import-run-notes", "“coupon”")
    assert screen.text("import-run-imported") == "9,955"

    screen.click("import-run-failed-rows")
    screen.wait_for_text("import-reasons", "45 rows failed")
    screen.click("import-failed-expand-0")
    screen.wait_for_text("import-failed-row-0", "c-0@example.com")
    screen.click("import-failed-next")
    screen.wait_for_text("import-failed-row-0", "20 EUR")
    screen.click("import-reason-show-1")
    screen.wait_for_text("import-failed-rows", "1 of 45 kept rows")
    screen.click("import-failed-reset")
    screen.fill("import-failed-search", "c-44@")
    screen.click("import-failed-apply")
    screen.wait_for_text("import-failed-rows", "1 of 45 kept rows")

    console, before = Console(screen.driver, screen.url), set(downloads.iterdir())
    screen.click("import-failed-ndjson")
    line = json.loads(console.downloaded(downloads, before).read_text())
    assert line["amount"] == "44 EUR"
    assert "is not a number" in line["Failure Description"]
    screen.click("import-failed-reset")
    screen.wait_for_text("import-failed-rows", "All 45 failed rows")
    before = set(downloads.iterdir())
    screen.click("import-failed-csv")
    with console.downloaded(downloads, before).open(newline="") as file:
        assert len(list(csv.DictReader(file))) == ROWS

    screen.click("import-retry-failed")
    screen.wait_for_text("flash-message", "tried again in run 2")
    assert ImportRun.objects.filter(trigger="failed_rows", number=2).exists()


def test_progress_moves_without_a_reload(quiet_screen: Screen, item: Import) -> None:
    run = open_run(item, rows_expected=400)
    Import.objects.filter(pk=item.pk).update(status="running")
    quiet_screen.open(IMPORTS)
    quiet_screen.find(f"import-status-{item.pk}")
    quiet_screen.driver.execute_script("document.body.dataset.kept = 'yes'")
    make_batch(run)
    quiet_screen.wait(lambda: bar(quiet_screen) == "25", "a quarter")
    for _ in range(3):
        make_batch(run)
    quiet_screen.wait(lambda: bar(quiet_screen) == "100", "all of it")
    run.units.update(status="done")
    row = f"import-row-{item.pk}"
    quiet_screen.wait_for_text(row, "Putting the rows into your account")
    run.status, run.rows_imported = "done", 400
    run.save()
    Import.objects.filter(pk=item.pk).update(status="scheduled")
    quiet_screen.wait_for_text(f"import-health-{item.pk}", "100 %")
    assert quiet_screen.driver.execute_script("return document.body.dataset.kept") == "yes"


def test_stop_asks_at_the_side_and_pause_does_not(quiet_screen: Screen, item: Import) -> None:
    quiet_screen.open(IMPORTS)
    quiet_screen.click(f"import-pause-{item.pk}")
    quiet_screen.wait_for_text("flash-message", "is paused")
    quiet_screen.click(f"import-resume-{item.pk}")
    quiet_screen.wait_for_text("flash-message", "goes on")
    quiet_screen.click(f"import-stop-{item.pk}")
    quiet_screen.find("import-stop-facts")
    quiet_screen.click("confirm-ok")
    quiet_screen.wait_for_text("flash-message", "is stopped")
    quiet_screen.wait_for_text(f"import-status-{item.pk}", "Stopped")


def rows(screen: Screen) -> list[object]:
    return list(screen.driver.find_elements(By.CSS_SELECTOR, "tr[data-testid^=import-row-]"))


def bar(screen: Screen) -> str | None:
    found = screen.driver.find_elements(By.CSS_SELECTOR, "#import-rows progress")
    return found[0].get_attribute("value") if found else None
