from __future__ import annotations

import datetime
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account
from imports.models import Import
from integrations.models import Connection
from tests.imports.factories import make_batch, make_connection, make_import, make_run, open_run

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/imports/"
LATER = {"when": "later"}
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _beta(account: Account, other_account: Account) -> None:
    Account.objects.update(bigquery_import=True, time_zone="UTC")


@pytest.fixture
def connection(account: Account) -> Connection:
    return make_connection(account)


def shown(client: Client, **params: object) -> list[str]:
    """Keys of the rows, in order."""
    content = client.get(URL, params).content.decode()
    return [part.split('"')[0] for part in content.split('data-testid="import-row-')[1:]]


def cell(client: Client, testid: str, end: str = "</td>") -> str:
    content = client.get(URL).content.decode()
    rest = content.partition(f'data-testid="{testid}">')[2].partition(end)[0]
    return " ".join(strip_tags(rest.replace("<br>", " ")).split())


def test_an_empty_list_says_what_to_do(member_client: Client, viewer_client: Client) -> None:
    content = member_client.get(URL).content.decode()
    assert "Nothing imported yet" in content
    assert 'data-testid="import-empty-add"' in content
    assert 'data-testid="import-add"' in content
    content = viewer_client.get(URL).content.decode()
    assert "Nothing imported yet" in content
    assert "import-add" not in content
    assert "import-empty-add" not in content


def test_a_row_says_what_is_imported_from_where_and_when(
    member_client: Client, connection: Connection, member: User
) -> None:
    member.first_name, member.last_name = "Mia", "Ng"
    member.save()
    item = make_import(connection, nickname="Orders <b>", created_by=member, updated_by=member)
    make_run(item)
    text = unescape(strip_tags(member_client.get(URL).content.decode()))
    for words in (
        "Orders <b>",
        "BigQuery",
        "Shop warehouse",
        "orders",
        "Event Data",
        "Every 2 hours",
        "Scheduled",
        "98 %",
        "Some rows failed",
        "Last: just now",
        "Mia Ng",
    ):
        assert words in text, words


def test_sql_is_shown_by_how_it_begins(member_client: Client, connection: Connection) -> None:
    make_import(connection, source="sql", sql="SELECT *\nFROM orders" + " -- x" * 100)
    content = member_client.get(URL).content.decode()
    assert "SQL: SELECT * FROM orders" in content
    assert content.count("-- x") < 20


def test_a_draft_leads_back_into_the_wizard(
    member_client: Client, viewer_client: Client, connection: Connection
) -> None:
    item = make_import(
        connection, status="draft", mapping={}, kind="", frequency="", schedule={}, next_run_at=None
    )
    content = member_client.get(URL).content.decode()
    assert f'href="{URL}{item.pk}/schedule/" data-testid="import-link-{item.pk}"' in content
    assert f"import-continue-{item.pk}" in content
    assert f"import-run-now-{item.pk}" not in content
    content = viewer_client.get(URL).content.decode()
    assert f'href="{URL}{item.pk}/" data-testid="import-link-{item.pk}"' in content
    assert viewer_client.get(f"{URL}{item.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("ready", {"run-now", "pause", "stop"}),
        ("scheduled", {"run-now", "pause", "stop"}),
        ("running", {"run-now", "pause", "stop"}),
        ("paused", {"resume", "stop"}),
        ("stopped", set()),
    ],
)
def test_what_can_be_done_goes_by_the_status(
    status: str,
    offered: set[str],
    member_client: Client,
    viewer_client: Client,
    connection: Connection,
) -> None:
    item = make_import(connection, status=status)
    for client, expected in ((member_client, offered), (viewer_client, set())):
        for path in (URL, f"{URL}{item.pk}/"):
            content = client.get(path).content.decode()
            actions = ("run-now", "pause", "resume", "stop")
            found = {one for one in actions if f'data-testid="import-{one}-{item.pk}"' in content}
            assert found == expected, path


def test_the_newest_is_on_top_and_a_search_narrows(
    member_client: Client, connection: Connection
) -> None:
    first = make_import(connection, nickname="Orders of 2026")
    second = make_import(connection, nickname="People 100%")
    assert shown(member_client) == [str(second.pk), str(first.pk)]
    assert shown(member_client, q="orders") == [str(first.pk)]
    assert shown(member_client, q="100%") == [str(second.pk)]
    assert shown(member_client, q="%") == [str(second.pk)]
    assert len(shown(member_client, q="\0")) == 2
    content = member_client.get(URL, {"q": "nobody"}).content.decode()
    assert "No import fits these filters" in content


def test_it_narrows_by_each_filter(
    member_client: Client, connection: Connection, member: User, viewer: User
) -> None:
    make_import(connection, created_by=member)
    people = make_import(
        connection,
        kind="profiles",
        status="paused",
        frequency="manual",
        schedule=LATER,
        created_by=viewer,
    )
    for chosen in (
        {"kind": "profiles"},
        {"status": "paused"},
        {"frequency": "manual"},
        {"created_by": viewer.pk},
    ):
        assert shown(member_client, **chosen) == [str(people.pk)], chosen
    assert len(shown(member_client, partner="bigquery")) == 2
    # What cannot be read narrows nothing.
    for nonsense in ({"partner": "nonsense"}, {"status": "x"}, {"created_to": "9999-12-31"}):
        assert len(shown(member_client, **nonsense)) == 2, nonsense


def test_created_on_goes_by_days_of_the_account(
    account: Account, member_client: Client, connection: Connection
) -> None:
    Account.objects.update(time_zone="Asia/Kolkata")
    item = make_import(connection)
    # The 22nd in Kolkata already.
    at = datetime.datetime(2026, 11, 21, 19, tzinfo=datetime.UTC)
    Import.objects.update(created_at=at)
    assert shown(member_client, created_from="2026-11-22", created_to="2026-11-22") == [
        str(item.pk)
    ]
    assert shown(member_client, created_to="2026-11-21") == []
    assert shown(member_client, created_from="2026-11-23") == []
    assert shown(member_client, created_from="0001-01-01") == [str(item.pk)]


def test_it_comes_in_pages(member_client: Client, connection: Connection) -> None:
    for _ in range(21):
        make_import(connection)
    assert len(shown(member_client)) == 20
    assert len(shown(member_client, per_page=10)) == 10
    assert len(shown(member_client, per_page=10, page=3)) == 1
    assert len(shown(member_client, per_page=40)) == 21


def test_health_is_that_of_the_last_run_that_had_rows(
    member_client: Client, connection: Connection
) -> None:
    item = make_import(connection)
    health = f"import-health-{item.pk}"
    assert cell(member_client, health) == "–"
    run = open_run(item)
    assert cell(member_client, health) == "–"
    run.status = "stopped"
    run.save()
    assert cell(member_client, health) == "None Nothing processed"
    make_run(item, rows_imported=1, rows_failed=99)
    assert cell(member_client, health) == "1 % Most rows failed"
    make_run(item, rows_read=0, rows_imported=0, rows_failed=0)
    assert cell(member_client, health) == "1 % Most rows failed"
    make_run(item, rows_imported=100, rows_failed=0)
    assert cell(member_client, health) == "100 % Every row imported"


def test_it_says_when_an_import_runs_next(member_client: Client, connection: Connection) -> None:
    item = make_import(connection, next_run_at=NOW + datetime.timedelta(hours=3))
    testid = f"import-next-run-{item.pk}"
    with time_machine.travel(NOW, tick=False):
        assert cell(member_client, testid) == "In 3 h Sun 22 Nov, 15:00"
        Import.objects.update(next_run_at=NOW)
        assert cell(member_client, testid).startswith("Due now")
        open_run(item)
        Import.objects.update(status="running", run_queued=True)
        assert cell(member_client, testid).startswith("Queued begins when the run under way ends")
        Import.objects.update(status="paused", run_queued=False)
        assert cell(member_client, testid).startswith("Paused")
        Import.objects.update(status="ready", frequency="manual", schedule=LATER, next_run_at=None)
        assert cell(member_client, testid).startswith("When you run it")
        Import.objects.update(status="stopped")
        assert cell(member_client, testid).startswith("–")


def test_a_run_under_way_shows_its_progress_and_phase(
    member_client: Client, connection: Connection
) -> None:
    item = make_import(connection, status="running")
    run = open_run(item, rows_expected=400)
    make_batch(run, rows_failed=3)
    make_batch(run)
    # The tail reads again what streams have set aside: that is no progress.
    make_batch(run, part=9, is_tail=True)
    content = member_client.get(URL).content.decode()
    assert 'value="50"' in content
    assert "Reading and checking rows" in content
    run.units.filter(is_tail=False).update(status="done")
    assert "Comparing rows at the cursor" in member_client.get(URL).content.decode()
    run.units.update(status="done")
    assert "Putting the rows into your account" in member_client.get(URL).content.decode()


def test_the_rows_ask_for_themselves_again_as_often_as_is_worth_it(
    member_client: Client, connection: Connection
) -> None:
    item = make_import(connection)
    rows = f"{URL}rows/"
    assert 'data-live="15"' in member_client.get(rows).content.decode()
    run = open_run(item)
    assert 'data-live="2"' in member_client.get(rows).content.decode()
    # Its run comes to the end.
    Import.objects.update(status="paused")
    assert 'data-live="2"' in member_client.get(rows).content.decode()
    run.status = "done"
    run.save()
    assert "every" not in member_client.get(rows).content.decode().partition("<table")[0]


def test_trouble_shows_as_attention(member_client: Client, connection: Connection) -> None:
    item = make_import(connection)
    Import.objects.update(
        trouble_code="x", trouble_message="The table is gone.", trouble_turn="customer"
    )
    content = member_client.get(URL).content.decode()
    assert f'data-testid="import-attention-{item.pk}"' in content
    assert "The table is gone." in content
    assert "waiting for you" in content


def test_the_number_of_queries_does_not_grow_with_the_list(
    member_client: Client,
    connection: Connection,
    member: User,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for number in range(12):
        item = make_import(connection, created_by=member, updated_by=member)
        make_run(item)
        if number % 2:
            make_batch(open_run(item))
    member_client.get(URL)  # that the person is here is noted once a minute
    with django_assert_max_num_queries(12):
        member_client.get(URL)


def test_no_screen_of_imports_reads_the_secret_of_a_connection(
    member_client: Client, connection: Connection
) -> None:
    item = make_import(connection)
    make_run(item)
    # A read would fail: no key opens this.
    Connection.objects.annotate(raw=F("nickname")).update(config=F("raw"))
    for path in ("", f"{item.pk}/", f"{item.pk}/stop/", f"{item.pk}/runs/1/"):
        assert member_client.get(URL + path).status_code == 200


def test_an_import_whose_connection_is_gone_is_still_told(
    member_client: Client, connection: Connection
) -> None:
    item = make_import(connection, status="stopped", stopped_at=timezone.now())
    connection.delete()
    assert "Shop warehouse (deleted)" in member_client.get(URL).content.decode()
    assert "(connection deleted)" in member_client.get(f"{URL}{item.pk}/").content.decode()
