"""A run in which every row failed: nowhere does it look like a success."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account
from imports import row_faults
from imports.models import Import, ImportRun
from tests.imports.factories import keep_failed, make_connection, make_import, make_run, open_run

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/imports/"
WORDS = "Done, no row imported"


@pytest.fixture(autouse=True)
def _own_lake(tmp_path: Path, settings: LazySettings) -> None:
    settings.LAKE_URL = str(tmp_path / "lake")


@pytest.fixture
def item(account: Account) -> Import:
    Account.objects.update(bigquery_import=True, time_zone="UTC")
    return make_import(make_connection(account), nickname="Orders")


@pytest.fixture
def run(item: Import) -> ImportRun:
    """The first one: the import does not go on from it."""
    run = make_run(item, rows_imported=0, rows_failed=2, failed_rows_kept=2, cursor_moved=False)
    fault = [("amount", row_faults.NOT_A_NUMBER, "x")]
    keep_failed(run, pa.table({"amount": ["x", "x"]}), [fault, fault])
    return run


def content_of(client: Client, path: str = "") -> str:
    page = client.get(URL + path)
    assert page.status_code == 200
    return page.content.decode()


def text_of(client: Client, path: str = "") -> str:
    return " ".join(strip_tags(content_of(client, path).replace("><", "> <")).split())


def test_it_is_in_danger_in_the_list_and_on_every_tab(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    for path in ("", "rows/", f"{item.pk}/", f"{item.pk}/?tab=runs", f"{item.pk}/runs/1/"):
        content = content_of(member_client, path)
        badge = content.partition(WORDS)[0].rpartition("<span")[2]
        assert "badge-danger" in badge, path
        assert "badge-success" not in content, path
    assert f"{item.pk}/?tab=failed&amp;run=1" in content_of(member_client)


def test_the_import_says_what_to_do(member_client: Client, item: Import, run: ImportRun) -> None:
    for tab in ("overview", "runs", "failed", "stats"):
        text = text_of(member_client, f"{item.pk}/?tab={tab}")
        assert "Run 1 is done, but has imported no row: 2 failed." in text
        assert "the next run reads these rows again" in text
    content = content_of(member_client, f"{item.pk}/")
    assert 'data-testid="import-no-success-rows"' in content
    assert f"{URL}{item.pk}/edit/map/" in content


def test_a_viewer_is_not_sent_to_the_mapping(
    viewer_client: Client, item: Import, run: ImportRun
) -> None:
    content = content_of(viewer_client, f"{item.pk}/")
    assert 'data-testid="import-no-success"' in content
    assert "import-no-success-map" not in content


def test_rows_that_the_next_run_reads_anyway_are_not_tried_apart(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    content = content_of(member_client, f"{item.pk}/?tab=failed")
    assert "disabled" in content.partition('data-testid="import-retry-failed"')[0][-60:]
    assert "The next run reads the rows of run 1 again anyway" in content
    page = member_client.post(f"{URL}{item.pk}/runs/1/retry/", follow=True).content.decode()
    assert page.count("The next run reads the rows of run 1 again anyway") == 2


def test_once_they_were_read_again_it_names_that_run(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    make_run(item, trigger=ImportRun.Trigger.FAILED_ROWS, failed_rows_of=None)
    make_run(item)
    content = content_of(member_client, f"{item.pk}/?tab=failed&run=1")
    assert "Run 3 has read these rows again." in content
    assert f"{URL}{item.pk}/runs/3/" in content


def test_a_later_run_without_success_offers_another_try(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    ImportRun.objects.update(cursor_moved=True)
    assert "choose “Re-run failed rows”" in text_of(member_client, f"{item.pk}/")
    content = content_of(member_client, f"{item.pk}/?tab=failed")
    assert "disabled" not in content.partition('data-testid="import-retry-failed"')[0][-60:]


def test_one_row_is_enough_and_the_last_run_counts(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    make_run(item, rows_imported=0, rows_failed=0, rows_known=5)
    open_run(item)
    assert WORDS in text_of(member_client)
    ImportRun.objects.filter(number=3).update(status="done", rows_imported=1, rows_failed=99)
    for path in ("", f"{item.pk}/"):
        assert WORDS not in text_of(member_client, path), path
    drawer = member_client.get(f"{URL}{item.pk}/runs/3/", headers={"HX-Request": "true"})
    assert WORDS not in drawer.content.decode()


def test_a_stopped_import_is_not_to_be_run(
    member_client: Client, item: Import, run: ImportRun
) -> None:
    Import.objects.update(status="stopped")
    text = text_of(member_client, f"{item.pk}/")
    assert "before you create another one" in text
    assert "import-no-success-map" not in content_of(member_client, f"{item.pk}/")


def test_a_run_of_rows_that_were_known_is_neither_good_nor_bad(
    member_client: Client, item: Import
) -> None:
    make_run(item)
    make_run(item, rows_imported=0, rows_failed=0, rows_known=100)
    row = text_of(member_client, f"{item.pk}/runs/2/").partition("Run 2 of Orders")[2]
    assert "Done None Nothing new" in row
    assert "98 % Some rows failed" in text_of(member_client)
