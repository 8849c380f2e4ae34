"""The list of the connections that data is imported through."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations import dependants
from integrations.models import Connection
from tests.imports.factories import make_import

URL = "/100000000/settings/partners/imports/connections/"


@pytest.fixture(autouse=True)
def _feature(account):
    account.bigquery_import = True
    account.save()


def connected(connection, *, on: datetime.datetime, by=None) -> None:
    Connection.objects.filter(pk=connection.pk).update(created_at=on, created_by=by)


def test_it_lists_databases_and_no_buckets(
    member_client, account, database, connection_of, key_file
):
    connection_of(account, key_file, nickname="Bucket of exports")

    page = member_client.get(URL).content.decode()

    assert f'data-testid="import-connection-{database.pk}"' in page
    assert "partners-sandbox.shop" in page
    assert "exporter@demo-project.iam.gserviceaccount.com" in page
    assert "Bucket of exports" not in page


def test_it_counts_the_imports_of_each(member_client, database, monkeypatch):
    monkeypatch.setattr(dependants, "_DEPENDANTS", [])
    dependants.register(
        finder=lambda connection: [],
        stopper=lambda *_: None,
        counter=lambda connections: {each.pk: 2 for each in connections},
    )
    # Exports, say, which read from no connection.
    dependants.register(finder=lambda connection: ["One"], stopper=lambda *_: None)

    page = member_client.get(URL).content.decode()

    assert f'data-testid="import-connection-imports-{database.pk}">2<' in page


def test_only_imports_that_may_still_run_are_counted(member_client, make_database):
    first, second = make_database("First"), make_database("Second")
    for status in ("scheduled", "running", "paused", "draft", "stopped"):
        make_import(first, status=status)

    page = member_client.get(URL).content.decode()

    assert f'data-testid="import-connection-imports-{first.pk}">3<' in page
    assert f'data-testid="import-connection-imports-{second.pk}">0<' in page


def test_the_number_of_queries_does_not_grow_with_the_connections(
    member_client, make_database, django_assert_max_num_queries
):
    make_import(make_database("First"))
    with CaptureQueriesContext(connection) as few:
        member_client.get(URL)
    for number in range(8):
        make_import(make_database(f"Database {number}"))

    with django_assert_max_num_queries(len(few)):
        member_client.get(URL)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_a_day_at_the_end_of_all_calendars_is_left_out(member_client, account, database, zone):
    account.time_zone = zone
    account.save()
    for day in ("0001-01-01", "9999-12-31"):
        for name in ("connected_from", "connected_to"):
            page = member_client.get(URL, {name: day})
            assert page.status_code == 200
            assert f'data-testid="import-connection-{database.pk}"' in page.content.decode()


def test_it_is_narrowed_by_day_in_the_time_of_the_account(member_client, account, database):
    account.time_zone = "Asia/Kolkata"
    account.save()
    # In India it is the 21st already.
    connected(database, on=datetime.datetime(2026, 11, 20, 20, 0, tzinfo=datetime.UTC))
    row = f'data-testid="import-connection-{database.pk}"'

    def page(**filters):
        return member_client.get(URL, filters).content.decode()

    assert row in page(connected_from="2026-11-21", connected_to="2026-11-21")
    assert row not in page(connected_to="2026-11-20")
    assert row not in page(connected_from="2026-11-22")
    assert "No connection fits these filters" in page(connected_from="2026-11-22")
    assert row in page(connected_from="nonsense")
    assert row in page(connected_to="9999-12-31")


def test_it_is_narrowed_by_the_person_who_connected(
    member_client, account, member, admin_user_, make_database
):
    first, second = make_database("First"), make_database("Second")
    connected(first, on=first.created_at, by=member)
    connected(second, on=second.created_at, by=admin_user_)

    page = member_client.get(URL, {"connected_by": member.pk}).content.decode()

    assert f"import-connection-{first.pk}" in page
    assert f"import-connection-{second.pk}" not in page


def test_it_comes_in_pages(member_client, make_database):
    for number in range(12):
        make_database(f"Database {number:02}")

    page = member_client.get(URL, {"per_page": 10}).content.decode()

    assert "1–10 of 12" in page
    assert "Database 09" in page
    assert "Database 10" not in page


def test_an_account_without_a_database_is_told_what_to_do(member_client):
    page = member_client.get(URL).content.decode()

    assert "Nothing is connected yet" in page
    assert 'data-testid="import-connection-add-bigquery"' in page


def test_another_account_sees_nothing_of_it(outsider_client, database):
    assert outsider_client.get(URL).status_code == 404
