"""The way a marketer goes, from an empty bucket to files in it, in a real browser."""

from __future__ import annotations

import csv
import datetime
import gzip
import json
from collections import Counter
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.lake import events_uri
from clevertap_partners.eventstore.query import Query
from exports.models import Export
from integrations.models import Connection
from tests.browser.pages.base import Screen
from tests.browser.pages.console import Console
from tests.browser.pages.dashboard import Buckets, Exports, Partners
from tests.connections import CREATE_ONLY, connect
from tests.lakes import open_reader
from tests.services import Sandbox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]

EVENTS = ("App Launched", "Product Viewed", "कार्ट / 🛒")


@pytest.fixture
def lake(account: Account, workers: None, tmp_path: Path) -> list[dict[str, Any]]:
    """A few events on each of the last three days, loaded by the product's own command."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    records = [
        {
            "type": "event",
            "identity": f"u-{number}",
            "evtName": name,
            "ts": int((noon - datetime.timedelta(days=back)).timestamp()) + number,
            "evtData": {"n": number, "days back": back},
        }
        for back in (1, 2, 3)
        for name in EVENTS
        for number in range(40)
    ]
    people = [
        {
            "type": "profile",
            "identity": f"u-{number}",
            "ts": int(noon.timestamp()),
            "profileData": {"Plan": "gold", "Visits": number},
        }
        for number in range(7)
    ]
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join(json.dumps(record) for record in [*records, *people]))
    call_command("load_events", str(file), account=account.account_id, stdout=StringIO())
    return records


def test_from_an_empty_bucket_to_checked_files_in_it(
    screen: Screen, lake: list[dict[str, Any]], downloads: Path, account: Account
) -> None:
    console = Console(screen.driver, screen.url)
    console.visit()
    key_file = console.create_account("warehouse-loader", downloads)
    console.visit()
    console.create_bucket("shop-exports")

    partners = Partners(screen.driver, screen.url)
    partners.visit()
    assert not partners.is_integrated()
    assert not partners.integrate_is_visible()
    partners.open_google_cloud()
    buckets = Buckets(screen.driver, screen.url)
    buckets.fill_block(0, "Warehouse", key_file.read_text(), "shop-exports")
    buckets.save()
    screen.wait_for_text("flash-message", "Credentials Saved")
    assert partners.is_integrated()

    exports = Exports(screen.driver, screen.url)
    exports.visit()
    exports.open_form()
    screen.choose("export-bucket", "Warehouse")
    exports.submit()
    screen.wait_for_text("flash-message", "Google export has initiated")
    request_id = exports.newest()
    exports.wait_until("Done", request_id)
    assert "360" in screen.text(f"export-row-{request_id}")

    console.search("shop-exports", request_id)
    content = console.download_first(downloads).read_text()
    assert content.splitlines()[0] in EVENTS
    assert lines_of(content) == lines_in_lake(account, content.splitlines()[0], first_day(lake))


def lines_of(content: str) -> Counter[str]:
    return Counter(content.splitlines()[1:])


def lines_in_lake(account: Account, event_name: str, day: datetime.date) -> Counter[str]:
    """The same day and event, read straight from the lake and written by Python's json."""
    reader = open_reader(Path(events_uri(account.account_id)))
    version = reader.version()
    assert version is not None
    batches = reader.scan(
        version=version, day=day, event_names=[event_name], query=Query(["profile, event_props"])
    )
    return Counter(
        json.dumps(
            {
                "profile": json.loads(row["profile"]),
                "ts": row["ts"],
                "eventProps": json.loads(row["event_props"]),
            },
            separators=(",", ":"),
            ensure_ascii=False,
        )
        for batch in batches
        for row in batch.to_pylist()
    )


def first_day(records: list[dict[str, Any]]) -> datetime.date:
    first = min(record["ts"] for record in records)
    return datetime.datetime.fromtimestamp(first, datetime.UTC).date()


def test_a_block_that_fails_keeps_what_was_typed_but_not_the_key_while_the_other_is_saved(
    screen: Screen, sandbox: Sandbox, account: Account
) -> None:
    sandbox.create_bucket("shop-exports")
    key = json.dumps(sandbox.create_service_account("warehouse", buckets=["shop-exports"]))
    partners = Partners(screen.driver, screen.url)
    partners.visit()
    partners.open_google_cloud()
    buckets = Buckets(screen.driver, screen.url)
    buckets.fill_block(0, "Good one", key, "shop-exports")
    buckets.add_block()
    buckets.fill_block(1, "Mistyped", key, "shop-exports-missing")
    buckets.save()
    screen.wait_for_text("bucket-name-1-error", "no bucket named shop-exports-missing")
    assert screen.find("bucket-nickname-1").get_attribute("value") == "Mistyped"
    assert screen.find("bucket-name-1").get_attribute("value") == "shop-exports-missing"
    assert screen.find("bucket-key-1").get_attribute("value") == ""
    assert "PRIVATE KEY" not in screen.driver.page_source
    assert [saved.nickname for saved in Connection.objects.all()] == ["Good one"]


def test_selecting_events_by_search_exports_just_those(
    screen: Screen, sandbox: Sandbox, account: Account, lake: list[dict[str, Any]]
) -> None:
    sandbox.create_bucket("shop-exports")
    key = sandbox.create_service_account("warehouse", buckets=["shop-exports"], role=CREATE_ONLY)
    connect(account, key, "shop-exports")
    exports = Exports(screen.driver, screen.url)
    exports.visit()
    exports.open_form()
    screen.choose("export-bucket", "Warehouse")
    screen.click("export-type-select_events")
    exports.submit()
    screen.wait_for_text("export-events-error", "at least one event")
    screen.fill("export-events-search", "product")
    screen.click("export-events-Product Viewed")
    exports.submit()
    request_id = exports.newest()
    exports.wait_until("Done", request_id)
    names = [name for name in sandbox.names("shop-exports") if "manifest" not in name]
    assert len(names) == 3
    assert all("-Product-Viewed-" in name for name in names)


def test_csv_parquet_and_everybody_reach_the_bucket(
    screen: Screen, sandbox: Sandbox, account: Account, lake: list[dict[str, Any]]
) -> None:
    sandbox.create_bucket("shop-exports")
    key = sandbox.create_service_account("warehouse", buckets=["shop-exports"], role=CREATE_ONLY)
    connect(account, key, "shop-exports")
    exports = Exports(screen.driver, screen.url)
    chosen = {
        "csv": ("export-format-csv", "export-options", "export-compress"),
        "parquet": ("export-format-parquet",),
        "people": ("export-type-all_user_properties", "export-format-csv"),
    }
    made = {kind: exports.start("Warehouse", *clicks) for kind, clicks in chosen.items()}
    for request_id in made.values():
        exports.wait_until("Done", request_id)

    def files(kind: str, ending: str) -> list[bytes]:
        found = [name for name in sandbox.names("shop-exports") if made[kind] in name]
        return [sandbox.read("shop-exports", name) for name in found if name.endswith(ending)]

    as_csv = [row for file in files("csv", ".csv.gz") for row in rows_of(file)]
    as_parquet = [pq.read_table(BytesIO(file)) for file in files("parquet", ".parquet")]
    numbers = Counter(record["evtData"]["n"] for record in lake)
    assert Counter(int(row["eventProps.n"]) for row in as_csv) == numbers
    assert sum(table.num_rows for table in as_parquet) == len(lake)
    assert {str(table.schema.field("eventProps").type.field("n").type) for table in as_parquet} == {
        "int64"
    }
    (everybody,) = files("people", "-csv.gz")
    assert {row["identity"]: row["Visits"] for row in rows_of(everybody)} == {
        f"u-{number}": str(number) for number in range(7)
    }


def rows_of(zipped: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(gzip.decompress(zipped).decode())))


def test_stopping_asks_first(screen: Screen, sandbox: Sandbox, account: Account) -> None:
    sandbox.create_bucket("shop-exports")
    key = sandbox.create_service_account("warehouse")
    connect(account, key, "shop-exports")
    sandbox.add_fault(operation="insert", action="hold", seconds=60)
    exports = Exports(screen.driver, screen.url)
    exports.visit()
    exports.open_form()
    screen.choose("export-bucket", "Warehouse")
    exports.submit()
    request_id = exports.newest()
    screen.click(f"export-stop-{request_id}")
    screen.find("confirm-ok")
    assert Export.objects.get().is_open
    screen.click("confirm-ok")
    screen.wait_for_text("flash-message", "Data export stopped")
    screen.wait_for_text(f"export-status-{request_id}", "Stopped")
    assert Export.objects.get().status == "stopped"
