from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account
from imports import row_faults
from imports.folder import folder_of
from imports.mapping import PROFILES
from imports.models import Import, ImportRun
from integrations.models import Connection
from tests.imports.factories import (
    keep_failed,
    make_batch,
    make_connection,
    make_import,
    make_run,
    open_run,
)

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/imports/"
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _beta(account: Account, other_account: Account, tmp_path: Path, settings: LazySettings) -> None:
    Account.objects.update(bigquery_import=True, time_zone="UTC")
    settings.LAKE_URL = str(tmp_path / "lake")


@pytest.fixture
def connection(account: Account) -> Connection:
    return make_connection(account)


@pytest.fixture
def item(connection: Connection) -> Import:
    return make_import(connection, nickname="Orders")


@pytest.fixture
def run(item: Import) -> ImportRun:
    """Of 100 rows two have failed, and are kept."""
    run = make_run(
        item,
        failures={row_faults.NOT_A_NUMBER: {"amount": 2}, row_faults.DATE_FORMAT: {"born": 1}},
        failed_rows_kept=2,
    )
    original = pa.table({"customer": ["<b>c0", "c1"], "amount": ["x", "y"], "born": ["?", None]})
    number, date = row_faults.NOT_A_NUMBER, row_faults.DATE_FORMAT
    failures = [[("amount", number, "x"), ("born", date, "?")], [("amount", number, "y")]]
    keep_failed(run, original, failures)
    return run


def content_of(client: Client, path: str) -> str:
    page = client.get(URL + path)
    assert page.status_code == 200
    return page.content.decode()


def text_of(client: Client, path: str) -> str:
    return " ".join(strip_tags(content_of(client, path).replace("><", "> <")).split())


def test_the_overview_says_what_is_imported_how_and_when(
    member_client: Client, account: Account, item: Import, run: ImportRun
) -> None:
    Account.objects.update(time_zone="Asia/Kolkata")
    cursor = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
    Import.objects.update(
        cursor_us=int(cursor.timestamp()) * 1_000_000,
        next_run_at=NOW + datetime.timedelta(hours=2),
    )
    with time_machine.travel(NOW, tick=False):
        text = text_of(member_client, f"{item.pk}/")
    for words in (
        "Shop warehouse",
        "Every 2 hours (Asia/Kolkata)",
        "In 2 h Sun 22 Nov, 19:30",
        "Sun 22 Nov, 19:30 · Sun 22 Nov, 21:30 · Sun 22 Nov, 23:30",
        "updated_at = Sun 22 Nov 2026, 15:30",
        "Ordered",
        "ordered_at (as the column has it)",
        "2 columns become properties",
        "Birthday",
        "Date (dd/MM/yyyy)",
        "98 % Some rows failed",
        "Complete runs 1",
    ):
        assert words in text, words


@pytest.mark.parametrize("cursor_us", [2**63 - 1, -(2**63)])
def test_a_cursor_that_no_calendar_has_is_still_shown(
    cursor_us: int, member_client: Client, item: Import
) -> None:
    Import.objects.update(cursor_us=cursor_us)
    assert "seconds since 1970" in text_of(member_client, f"{item.pk}/")


def test_a_profile_import_without_a_cursor_says_what_that_means(
    member_client: Client, connection: Connection
) -> None:
    mapping = {
        "kind": PROFILES,
        "identity_column": "id",
        "identity_as": "object_id",
        "properties": [],
    }
    item = make_import(connection, kind=PROFILES, mapping=mapping, source="sql", sql="SELECT 1")
    text = text_of(member_client, f"{item.pk}/")
    assert "CleverTap ID from id" in text
    assert "Every run reads everything" in text
    assert "SELECT 1" in text


def test_a_run_under_way_says_how_far_it_is_and_how_fast(
    member_client: Client, item: Import
) -> None:
    run = open_run(item, rows_expected=400, started_at=NOW)
    make_batch(run, rows_failed=3)
    make_batch(run)
    Import.objects.update(status="running")
    with time_machine.travel(NOW + datetime.timedelta(seconds=10), tick=False):
        for path in (f"{item.pk}/", f"{item.pk}/runs/1/"):
            text = text_of(member_client, path)
            for words in (
                "Read 200 of 400",
                "Failed so far 3",
                "Rows a second 20",
                "Less than a minute left",
            ):
                assert words in text, (path, words)
    ImportRun.objects.update(trouble_code="x")
    assert "Rows a second" not in text_of(member_client, f"{item.pk}/")


def test_the_phase_goes_by_what_is_still_to_do(member_client: Client, item: Import) -> None:
    run = open_run(item, status="pending", started_at=None)
    assert "Waiting for a worker" in text_of(member_client, f"{item.pk}/")
    ImportRun.objects.update(started_at=timezone.now())
    assert "Running the query" in text_of(member_client, f"{item.pk}/")
    ImportRun.objects.update(trigger="failed_rows")
    assert "Collecting the failed rows" in text_of(member_client, f"{item.pk}/")
    ImportRun.objects.update(status="running")
    run.units.create(part=0)
    assert "Reading failed rows again" in text_of(member_client, f"{item.pk}/")


def test_trouble_comes_with_its_cure_and_the_way_to_it(
    member_client: Client, viewer_client: Client, item: Import, connection: Connection
) -> None:
    Import.objects.update(
        trouble_code="x",
        trouble_message="The column “a” is missing.",
        trouble_fix="Map another.",
        trouble_turn="customer",
        trouble_remedy="import",
    )
    content = content_of(member_client, f"{item.pk}/")
    assert "The column “a” is missing." in content
    assert "Map another." in content
    assert "import-mend-import" in content
    assert "import-mend-connection" not in content
    Import.objects.update(trouble_remedy="connection")
    content = content_of(member_client, f"{item.pk}/")
    assert "Replace the key of Shop warehouse" in content
    assert "import-mend-import" not in content
    assert "import-mend" not in content_of(viewer_client, f"{item.pk}/")


def test_the_runs_tab_says_what_became_of_the_rows(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    ImportRun.objects.update(rows_known=7, bytes_billed=12_500_000)
    text = text_of(member_client, f"{item.pk}/?tab=runs")
    for words in ("Run 1", "On schedule", "Total records", "Known already", "12.5 MB", "98 %"):
        assert words in text, words
    assert f"tab=failed&amp;run={run.number}" in content_of(member_client, f"{item.pk}/?tab=runs")


def test_a_run_of_people_says_how_many_are_new(
    member_client: Client, connection: Connection
) -> None:
    item = make_import(connection, kind=PROFILES)
    make_run(item, people_new=11, people_changed=22, people_unchanged=33)
    assert "11 22 · 33" in text_of(member_client, f"{item.pk}/?tab=runs")
    text = text_of(member_client, f"{item.pk}/runs/1/")
    assert "People new 11 People changed 22 People unchanged 33" in text


def test_a_run_tells_its_notes(member_client: Client, item: Import) -> None:
    make_run(item, notes=["The source has a new column, “<vip>”."], via="rest")
    content = content_of(member_client, f"{item.pk}/runs/1/")
    assert "“&lt;vip&gt;”" in content
    assert "REST interface" in content
    assert 'data-testid="drawer"' in content
    alone = member_client.get(f"{URL}{item.pk}/runs/1/", headers={"HX-Request": "true"})
    assert "<html" not in alone.content.decode()


def test_the_failed_tab_gives_reasons_first_and_the_rows_below(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    content = content_of(member_client, f"{item.pk}/?tab=failed")
    text = " ".join(strip_tags(content).split())
    assert "2 rows failed" in text
    assert "“…” in “amount” is not a number" in text
    assert "“x” in “amount” is not a number" in text
    assert "in the format dd/MM/yyyy" in text
    assert "&lt;b&gt;c0" in content
    assert "All 2 failed rows" in text
    assert content.index("import-reason-0") < content.index("import-failed-row-0")
    assert "import-failed-row-1" in content


def test_failed_rows_are_narrowed_by_reason_and_text(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    for path in (
        "&reason=date_format:born",
        "&reason=date_format",
        "&q=C0",
        "&q=c0&page=9",
        "&q=c0&page=-",
    ):
        content = content_of(member_client, f"{item.pk}/?tab=failed{path}")
        assert "import-failed-row-0" in content, path
        assert "import-failed-row-1" not in content, path
    assert "No kept row fits" in content_of(member_client, f"{item.pk}/?tab=failed&q=nobody")


def test_it_says_how_many_failed_rows_were_kept(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    ImportRun.objects.update(rows_failed=300_000)
    text = text_of(member_client, f"{item.pk}/?tab=failed&run=1")
    assert "The first 2 of 300,000 failed rows were kept" in text
    assert "Tries the 2 rows that were kept" in text


def test_the_failed_tab_shows_the_newest_run_that_has_some_or_the_one_that_is_asked_for(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    make_run(item, rows_failed=0)
    assert "2 rows failed" in text_of(member_client, f"{item.pk}/?tab=failed")
    assert "No row of this run failed" in text_of(member_client, f"{item.pk}/?tab=failed&run=2")
    for nonsense in ("9", "x", "9" * 30, "²"):
        assert "2 rows failed" in text_of(member_client, f"{item.pk}/?tab=failed&run={nonsense}")


def test_an_import_without_failed_rows_says_so(member_client: Client, item: Import) -> None:
    assert "No failed rows" in text_of(member_client, f"{item.pk}/?tab=failed")


def test_expired_rows_are_said_to_be_gone_and_are_not_tried_again(
    member_client: Client, item: Import
) -> None:
    make_run(item, failures={row_faults.NOT_A_NUMBER: {"amount": 2}})
    content = content_of(member_client, f"{item.pk}/?tab=failed")
    assert "The rows themselves are not kept any more" in content
    assert "“…” in “amount” is not a number" in content
    assert "disabled" in content.partition('data-testid="import-retry-failed"')[0][-60:]
    assert "import-failed-csv" not in content


def test_failed_rows_that_were_tried_again_lead_to_that_run(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    make_run(item, trigger="failed_rows", failed_rows_of=run)
    content = content_of(member_client, f"{item.pk}/?tab=failed&run=1")
    assert "They were tried again in run 2" in content
    assert f"{URL}{item.pk}/runs/2/" in content
    assert "of <a" in content_of(member_client, f"{item.pk}/runs/2/")


def test_failed_rows_of_a_run_under_way_wait_for_its_end(
    member_client: Client, item: Import
) -> None:
    run = open_run(item)
    keep_failed(run, pa.table({"a": ["x"]}), [[("a", row_faults.NOT_A_NUMBER, "x")]])
    text = text_of(member_client, f"{item.pk}/?tab=failed")
    assert "1 row failed" in text
    assert "This run is still under way" in text


def test_stats_sum_up_by_day_and_by_run(
    member_client: Client, account: Account, item: Import
) -> None:
    Account.objects.update(time_zone="Asia/Kolkata")
    # Both on the 23rd there, one still on the 22nd in UTC.
    for hour in (20, 30):
        at = NOW.replace(hour=0) + datetime.timedelta(hours=hour)
        make_run(item, started_at=at, finished_at=at)
    text = text_of(member_client, f"{item.pk}/?tab=stats")
    assert "Mon 23 Nov 2026 2 98 % Some rows failed 200 196 4" in text
    content = content_of(member_client, f"{item.pk}/?tab=stats&by=run")
    assert 'data-testid="import-chart-rows"' in content
    assert 'data-testid="import-chart-health"' in content
    assert "Mon 23 Nov 2026, 11:30" in content


def test_stats_of_a_new_import_say_that_there_is_nothing(
    member_client: Client, item: Import
) -> None:
    open_run(item)
    assert "Nothing to sum up yet" in text_of(member_client, f"{item.pk}/?tab=stats")


def test_the_tabs_ask_for_themselves_again_but_not_the_one_in_which_somebody_reads(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    open_run(item)
    for tab in ("overview", "runs", "stats"):
        assert 'data-live="2"' in content_of(member_client, f"{item.pk}/?tab={tab}")
    assert (
        "hx-trigger"
        not in content_of(member_client, f"{item.pk}/?tab=failed")
        .partition('id="import-detail"')[2]
        .partition(">")[0]
    )


def test_stop_and_delete_ask_first(member_client: Client, item: Import, run: ImportRun) -> None:
    open_run(item)
    for action in ("stop", "delete"):
        content = content_of(member_client, f"{item.pk}/{action}/")
        assert 'data-testid="confirm-ok"' in content
        assert "A run is under way" in content
        assert "stays in your account" in content


ACTIONS = ("run-now", "pause", "resume", "stop", "delete", "runs/1/retry")
FILES = ("runs/1/failed-rows.csv", "runs/1/failed-rows.ndjson")
SCREENS = ("", "rows/", "{0}/", "{0}/?tab=runs", "{0}/?tab=failed", "{0}/?tab=stats", "{0}/runs/1/")


def test_a_viewer_sees_everything_but_changes_and_downloads_nothing(
    viewer_client: Client, item: Import, run: ImportRun
) -> None:
    for path in SCREENS:
        content = content_of(viewer_client, path.format(item.pk))
        for offered in ("failed-rows.csv", "retry-failed", "import-edit-", "import-delete-"):
            assert offered not in content, (path, offered)
    for path in FILES:
        assert viewer_client.get(f"{URL}{item.pk}/{path}").status_code == 403
    for path in ACTIONS:
        assert viewer_client.post(f"{URL}{item.pk}/{path}/").status_code == 403, path


def test_nothing_of_an_import_is_found_from_another_account(
    outsider_client: Client, item: Import, run: ImportRun
) -> None:
    other = URL.replace("100000000", "200000000")
    for path in ("", "runs/1/", *FILES):
        assert outsider_client.get(f"{other}{item.pk}/{path}").status_code == 404, path
        assert outsider_client.get(f"{URL}{item.pk}/{path}").status_code == 404, path
    for path in ACTIONS:
        assert outsider_client.post(f"{other}{item.pk}/{path}/").status_code == 404, path
    assert "import-row-" not in outsider_client.get(other).content.decode()


def test_without_the_feature_every_url_refuses(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    Account.objects.update(bigquery_import=False)
    for path in (*SCREENS, *(f"{{0}}/{file}" for file in FILES)):
        assert member_client.get(URL + path.format(item.pk)).status_code == 403, path
    for path in ACTIONS:
        assert member_client.post(f"{URL}{item.pk}/{path}/").status_code == 403, path


def test_what_changes_something_is_posted(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    for path in ("run-now", "pause", "resume", "runs/1/retry"):
        assert member_client.get(f"{URL}{item.pk}/{path}/").status_code == 405


def test_what_is_not_there_is_not_found(member_client: Client, item: Import) -> None:
    for path in (f"{10**30}/", f"{item.pk}/runs/7/", f"{item.pk}/runs/{10**30}/"):
        assert member_client.get(URL + path).status_code == 404


def test_failed_rows_come_as_csv_and_ndjson(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    page = member_client.get(f"{URL}{item.pk}/runs/1/failed-rows.csv")
    assert page["Content-Disposition"] == 'attachment; filename="orders-run-1-failed-rows.csv"'
    assert page["Content-Type"] == "text/csv; charset=utf-8"
    lines = b"".join(page).decode().splitlines()  # type: ignore[call-overload]
    assert lines[0] == "customer,amount,born,Failure Description"
    assert len(lines) == 3
    page = member_client.get(f"{URL}{item.pk}/runs/1/failed-rows.ndjson", {"reason": "date_format"})
    assert page["Content-Type"] == "application/x-ndjson"
    assert b"".join(page).decode().count("\n") == 1  # type: ignore[call-overload]


def test_a_download_of_what_is_gone_explains_itself(member_client: Client, item: Import) -> None:
    make_run(item)
    for file in FILES:
        page = member_client.get(f"{URL}{item.pk}/{file}", follow=True).content.decode()
        assert "The failed rows of run 1 are not kept any more" in page


def test_the_number_of_queries_does_not_grow_with_the_runs(
    member_client: Client,
    item: Import,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for _ in range(25):
        make_run(item)
    for tab in ("overview", "runs", "failed", "stats"):
        with django_assert_max_num_queries(14):
            member_client.get(f"{URL}{item.pk}/?tab={tab}")


def test_rows_that_were_known_are_explained(member_client: Client, item: Import) -> None:
    make_run(item, rows_known=7)
    text = text_of(member_client, f"{item.pk}/runs/1/")
    assert "7 rows that an earlier run has dealt with were read again" in text
    assert "where updated_at is as high as that run had come" in text
    ImportRun.objects.update(mapping=item.mapping | {"cursor_column": ""})
    assert "every run reads all of them" in text_of(member_client, f"{item.pk}/runs/1/")
    ImportRun.objects.update(rows_known=0)
    assert "import-run-known" not in content_of(member_client, f"{item.pk}/runs/1/")


def test_a_stopped_run_says_when_something_of_it_may_have_landed(
    member_client: Client, item: Import
) -> None:
    run = open_run(item, status="stopped")
    path = f"{item.pk}/runs/1/"
    assert "Nothing of it was imported" in text_of(member_client, path)
    make_batch(run)
    assert "Nothing of it was imported" in text_of(member_client, path)
    run.units.update(status="done")
    assert "may have landed: events all at once" in text_of(member_client, path)
    assert "Nothing of it was imported" not in text_of(member_client, path)


def test_stop_and_delete_tell_what_may_still_land(member_client: Client, item: Import) -> None:
    open_run(item)
    for action in ("stop", "delete"):
        text = text_of(member_client, f"{item.pk}/{action}/")
        assert "nothing of it is imported. Only if it is just putting its rows" in text


def test_a_draft_that_is_not_mapped_says_nothing_of_what_it_reads(
    member_client: Client, connection: Connection
) -> None:
    draft = make_import(connection, status="draft", mapping={}, next_run_at=None)
    assert "Rows read up to – " in text_of(member_client, f"{draft.pk}/")


def test_a_test_id_stands_for_one_thing_on_an_import_in_trouble(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    Import.objects.update(trouble_code="x", trouble_message="No.")
    ImportRun.objects.update(rows_imported=0)
    for tab in ("overview", "runs", "failed", "stats"):
        content = content_of(member_client, f"{item.pk}/?tab={tab}")
        ids = [part.partition('"')[0] for part in content.split('data-testid="')[1:]]
        assert len(ids) == len(set(ids)), tab


def test_a_download_without_hits_still_has_its_first_line(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    page = member_client.get(f"{URL}{item.pk}/runs/1/failed-rows.csv", {"q": "nobody"})
    assert b"".join(page) == b"customer,amount,born,Failure Description\r\n"  # type: ignore[call-overload]


def test_a_download_does_not_begin_when_one_of_its_files_is_gone(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    last = keep_failed(run, pa.table({"a": ["x"]}), [[("a", row_faults.NOT_A_NUMBER, "x")]])
    folder_of(run).delete_file(last.failed_file)
    for file in FILES:
        page = member_client.get(f"{URL}{item.pk}/{file}", follow=True).content.decode()
        assert "The failed rows of run 1 are not kept any more" in page
