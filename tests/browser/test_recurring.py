"""A recurring export as a marketer sees it: it runs, changes, stops, fails and comes back."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from exports.models import Export
from integrations.models import Connection
from tests.browser.pages.base import Screen
from tests.browser.pages.dashboard import Exports
from tests.connections import CREATE_ONLY, connect
from tests.services import Sandbox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

Arrive = Callable[..., None]
TODAY, YESTERDAY = 0, 1


@pytest.fixture
def arrive(account: Account, workers: None, tmp_path: Path) -> Arrive:
    """Load so many events of a name that happened so many days ago."""
    loads = []

    def load(name: str, count: int, *, days_ago: int) -> None:
        loads.append(name)
        at = int((timezone.now() - datetime.timedelta(days=days_ago)).timestamp())
        records = [
            {
                "type": "event",
                "identity": f"u-{number}",
                "evtName": name,
                "ts": at,
                "record_id": f"{len(loads)}-{number}",
                "evtData": {"load": len(loads)},
            }
            for number in range(count)
        ]
        file = tmp_path / f"load-{len(loads)}.ndjson"
        file.write_text("\n".join(json.dumps(record) for record in records))
        call_command("load_events", str(file), account=account.account_id, stdout=StringIO())

    return load


@pytest.fixture
def key(sandbox: Sandbox) -> dict[str, Any]:
    sandbox.create_bucket("shop-exports")
    return sandbox.create_service_account("loader", buckets=["shop-exports"], role=CREATE_ONLY)


@pytest.fixture
def bucket(account: Account, key: dict[str, Any]) -> Connection:
    return connect(account, key, "shop-exports")


@pytest.fixture
def exports(screen: Screen, bucket: Connection) -> Exports:
    return Exports(screen.driver, screen.url)


def event_files(sandbox: Sandbox, bucket: str = "shop-exports") -> list[str]:
    return [name for name in sandbox.names(bucket) if "manifest" not in name]


def records(sandbox: Sandbox, name: str, bucket: str = "shop-exports") -> int:
    """How many events a JSON file holds, its first line aside."""
    return len(sandbox.read(bucket, name).decode().splitlines()) - 1


def day_of(days_ago: int) -> str:
    return (timezone.now() - datetime.timedelta(days=days_ago)).strftime("%Y%m%d")


def test_what_arrives_late_goes_out_with_the_next_run_in_a_file_named_by_its_own_day(
    exports: Exports, sandbox: Sandbox, arrive: Arrive
) -> None:
    arrive("Charged", 5, days_ago=TODAY)
    request_id = exports.start_recurring("Warehouse")
    exports.wait_until_it_waits(request_id)
    (first,) = event_files(sandbox)
    assert f"-Charged-{day_of(TODAY)}-" in first
    assert "Every 24 hours" in exports.text(f"export-row-{request_id}")

    arrive("Charged", 3, days_ago=YESTERDAY)
    exports.run_now(request_id)
    exports.visit()
    exports.wait_until_it_waits(request_id)
    (late,) = set(event_files(sandbox)) - {first}
    assert f"-Charged-{day_of(YESTERDAY)}-" in late
    assert (records(sandbox, first), records(sandbox, late)) == (5, 3)

    exports.run_now(request_id)
    exports.visit()
    exports.wait_until_it_waits(request_id)
    assert set(event_files(sandbox)) == {first, late}
    exports.detail(request_id, "runs")
    assert "3 runs" in exports.text("export-runs")
    assert exports.text("export-runs").count("nothing new") == 1
    exports.detail(request_id, "stats")
    assert exports.text("export-stats-table").count("Charged") == 0
    exports.click("export-stats-event")
    assert "8" in exports.text("export-stats-table")


def test_an_edit_takes_effect_with_the_next_run(
    exports: Exports, sandbox: Sandbox, arrive: Arrive
) -> None:
    arrive("Charged", 2, days_ago=TODAY)
    request_id = exports.start_recurring("Warehouse")
    exports.wait_until_it_waits(request_id)
    exports.click(f"export-edit-{request_id}")
    exports.wait_for_text("export-next-runs", "Next runs:")
    before = exports.text("export-next-runs")
    exports.choose("export-interval", "6 hours")
    exports.click("export-format-csv")
    exports.wait(lambda: exports.text("export-next-runs") != before, "the next runs to follow")
    exports.submit()
    exports.wait_for_text("flash-message", f"Export {request_id} is changed")
    exports.wait_for_text(f"export-row-{request_id}", "Every 6 hours")

    arrive("Charged", 4, days_ago=TODAY)
    exports.run_now(request_id)
    exports.visit()
    exports.wait_until_it_waits(request_id)
    assert [name.rpartition(".")[2] for name in sorted(event_files(sandbox))] == ["json", "csv"]


def test_a_stop_while_running_ends_it_soon_and_says_what_was_delivered(
    exports: Exports, sandbox: Sandbox, arrive: Arrive
) -> None:
    arrive("Charged", 2, days_ago=TODAY)
    request_id = exports.start_recurring("Warehouse")
    exports.wait_until_it_waits(request_id)
    held = sandbox.add_fault(operation="insert", action="hold", seconds=60)
    arrive("Charged", 4, days_ago=YESTERDAY)
    exports.run_now(request_id)
    exports.visit()
    exports.wait(lambda: sandbox.console.faults() == [], "the upload to be on its way")
    exports.wait_until("Running", request_id)
    exports.click(f"export-stop-{request_id}")
    assert "A run is under way" in exports.text("export-stop-facts")
    exports.click("confirm-ok")
    exports.wait_for_text("flash-message", "Data export stopped")
    exports.wait_until("Stopped", request_id)
    assert not exports.is_there(f"export-run-now-{request_id}")
    exports.detail(request_id)
    assert "1 file with 2 rows had been delivered" in exports.text("export-stopped")
    assert "the last complete run is that of" in exports.text("export-stopped")
    # What was on its way when it stopped may still come: not into the next test's bucket.
    sandbox.console.release_fault(held)
    exports.wait(lambda: len(event_files(sandbox)) == 2, "the upload that was held")


def test_a_deleted_key_asks_for_attention_and_a_new_one_brings_the_export_back(
    exports: Exports, sandbox: Sandbox, arrive: Arrive, key: dict[str, Any]
) -> None:
    arrive("Charged", 2, days_ago=TODAY)
    request_id = exports.start_recurring("Warehouse")
    exports.wait_until_it_waits(request_id)
    sandbox.console.delete_key(key["client_email"], key["private_key_id"])
    sandbox.console.sign_out(key["client_email"])
    arrive("Charged", 4, days_ago=YESTERDAY)
    exports.run_now(request_id)
    exports.find("export-trouble")
    assert "waiting for you" in exports.text("export-trouble")
    new_key = sandbox.console.add_key(key["client_email"])["key"]
    exports.click("export-mend-connection")
    exports.fill("bucket-key-0", json.dumps(new_key))
    exports.click("replace-save")
    exports.wait_for_text("connection-test-passed", "Credentials Saved", limit_s=90)
    exports.visit()
    exports.wait_until_it_waits(request_id)
    assert not exports.is_there(f"export-attention-{request_id}")
    assert sorted(records(sandbox, name) for name in event_files(sandbox)) == [2, 4]


def test_a_bucket_that_was_gone_and_is_back_goes_on_when_tried_again(
    exports: Exports, sandbox: Sandbox, arrive: Arrive, key: dict[str, Any]
) -> None:
    arrive("Charged", 2, days_ago=TODAY)
    request_id = exports.start_recurring("Warehouse")
    exports.wait_until_it_waits(request_id)
    sandbox.console.empty_bucket("shop-exports")
    sandbox.console.delete_bucket("shop-exports")
    arrive("Charged", 4, days_ago=YESTERDAY)
    exports.run_now(request_id)
    exports.wait_for_text("export-trouble", "shop-exports")
    exports.visit()
    exports.find(f"export-attention-{request_id}")
    sandbox.create_bucket("shop-exports")
    sandbox.grant("shop-exports", key["client_email"], CREATE_ONLY)
    exports.click(f"export-attention-{request_id}")
    exports.click("export-retry")
    exports.wait_for_text("flash-message", "is tried again now")
    exports.visit()
    exports.wait_until_it_waits(request_id)
    assert [records(sandbox, name) for name in event_files(sandbox)] == [4]
    exports.detail(request_id)
    assert "Recovered" in exports.text("export-incidents")
    assert not Export.objects.get().trouble_code
