from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account
from exports.models import Export
from exports.pipeline.encode.base import EncodeOptions
from integrations.models import Connection
from tests.states import recurring_for_screens, run_done

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/exports/"

Make = Callable[..., Export]


def shown(client: Client, **params: object) -> list[str]:
    """Request ids of the rows, in order."""
    content = client.get(URL, params).content.decode()
    return [part.split('"')[0] for part in content.split('data-testid="export-row-')[1:]]


def test_an_empty_list_says_what_to_do(member_client: Client) -> None:
    content = member_client.get(URL).content.decode()
    assert "Nothing exported yet" in content
    assert 'data-testid="export-empty-add"' in content


def test_a_viewer_is_offered_nothing_to_change(
    viewer_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    make_export(saved_connection)
    content = viewer_client.get(URL).content.decode()
    assert "export-add" not in content
    assert "export-stop-" not in content


def test_the_newest_is_on_top(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    made = [str(make_export(saved_connection)) for _ in range(3)]
    assert shown(member_client) == made[::-1]


def test_it_finds_a_request_id_and_narrows_by_status(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    first, second = make_export(saved_connection), make_export(saved_connection)
    Export.objects.filter(pk=first.pk).update(status="done")
    assert shown(member_client, q=first.request_id) == [str(first)]
    assert shown(member_client, q="no number") == []
    assert shown(member_client, status="pending") == [str(second)]
    assert shown(member_client, status="nonsense") == [str(second), str(first)]
    assert shown(member_client, exported_to="2020-01-01") == []


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_a_day_at_the_end_of_all_calendars_is_left_out(
    zone: str, member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    Account.objects.update(time_zone=zone)
    for day in ("0001-01-01", "9999-12-31"):
        for name in ("exported_from", "exported_to"):
            assert shown(member_client, **{name: day}) == [str(export)], (name, day)


def test_it_comes_in_pages(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    for _ in range(11):
        make_export(saved_connection)
    assert len(shown(member_client, per_page=10)) == 10
    assert len(shown(member_client, per_page=10, page=2)) == 1
    assert len(shown(member_client, per_page=1_000_000)) == 11


def test_the_rows_ask_for_themselves_again_only_while_something_is_open(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    make_export(saved_connection)
    assert 'data-live="2"' in member_client.get(f"{URL}rows/").content.decode()
    Export.objects.update(status="done")
    assert "data-live=" not in member_client.get(f"{URL}rows/").content.decode()


def test_trouble_shows_as_attention(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    Export.objects.update(trouble_code="x", trouble_message="The bucket is gone.")
    content = member_client.get(URL).content.decode()
    assert f'data-testid="export-attention-{export}"' in content
    assert "The bucket is gone." in content


def test_the_number_of_queries_does_not_grow_with_the_list(
    member_client: Client,
    saved_connection: Connection,
    make_export: Make,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    for _ in range(12):
        make_export(saved_connection)
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        member_client.get(URL)


@pytest.mark.parametrize("number", ["9" * 19, "9" * 20])
def test_a_number_beyond_any_request_id_finds_nothing(
    number: str, member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    make_export(saved_connection)
    assert shown(member_client, q=number) == []


def test_no_screen_of_exports_reads_the_secret_of_a_connection(
    member_client: Client, saved_connection: Connection, member: User
) -> None:
    export = recurring_for_screens(saved_connection, member)
    # A read would fail: no key opens this.
    Connection.objects.annotate(raw=F("nickname")).update(config=F("raw"))
    below = ("", f"{export}/", f"{export}/stop/", f"{export}/edit/", "new/?partner=google-cloud")
    for path in below:
        assert member_client.get(URL + path).status_code == 200


def test_it_narrows_by_partner_and_frequency(
    member_client: Client, saved_connection: Connection, make_export: Make, recurring: Export
) -> None:
    once = make_export(saved_connection)
    assert shown(member_client, frequency="recurring") == [str(recurring)]
    assert shown(member_client, frequency="once") == [str(once)]
    assert len(shown(member_client, partner="google-cloud")) == 2
    assert len(shown(member_client, partner="nonsense")) == 2
    Export.objects.filter(pk=once.pk).update(partner="another")
    assert shown(member_client, partner="google-cloud") == [str(recurring)]


def test_it_says_what_is_exported_and_how(
    member_client: Client, saved_connection: Connection, make_export: Make, recurring: Export
) -> None:
    make_export(saved_connection, format="csv", encode=EncodeOptions(compress=True))
    content = member_client.get(URL).content.decode()
    for words in ("All user properties", "Everybody", "Every 24 hours", "JSON, gzip", "CSV, gzip"):
        assert words in content, words


def test_a_format_of_the_past_is_still_named(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    Export.objects.update(format="avro")
    assert "AVRO" in member_client.get(URL).content.decode()
    assert "AVRO" in member_client.get(f"{URL}{export}/").content.decode()


def cell(client: Client, export: Export) -> str:
    content = client.get(URL).content.decode()
    rest = content.partition(f'data-testid="export-next-run-{export}">')[2].partition("</td>")[0]
    return " ".join(strip_tags(rest.replace("<br>", " ")).split())


def test_it_says_when_a_recurring_export_runs_next(
    member_client: Client, saved_connection: Connection, member: User
) -> None:
    export = recurring_for_screens(saved_connection, member)
    now = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
    Export.objects.update(status="running", next_run_at=now + datetime.timedelta(hours=3))
    with time_machine.travel(now, tick=False):
        assert cell(member_client, export).startswith("Now running then Sun 22 Nov, 15:00")
        run_done(export)
        assert cell(member_client, export).startswith("In 3 h Sun 22 Nov, 15:00")
    with time_machine.travel(now + datetime.timedelta(hours=4), tick=False):
        assert cell(member_client, export).startswith("Due now")
    with time_machine.travel(now + datetime.timedelta(hours=16), tick=False):
        said = cell(member_client, export)
    assert said.startswith("Catching up: 3 windows behind")
    Export.objects.update(status="stopped", next_run_at=None)
    assert "Last" in cell(member_client, export)


def test_only_a_recurring_export_that_waits_is_offered_to_run_now(
    member_client: Client,
    viewer_client: Client,
    saved_connection: Connection,
    member: User,
    make_export: Make,
) -> None:
    once, export = make_export(saved_connection), recurring_for_screens(saved_connection, member)
    content = member_client.get(URL).content.decode()
    assert f"export-run-now-{export}" not in content
    assert f"export-edit-{export}" in content
    assert f"export-edit-{once}" not in content
    run_done(export)
    assert f"export-run-now-{export}" in member_client.get(URL).content.decode()
    content = viewer_client.get(URL).content.decode()
    assert "export-run-now" not in content
    assert "export-edit" not in content


def test_the_rows_ask_less_often_while_recurring_exports_wait(
    member_client: Client, saved_connection: Connection, member: User
) -> None:
    export = recurring_for_screens(saved_connection, member)
    assert 'data-live="2"' in member_client.get(f"{URL}rows/").content.decode()
    run_done(export)
    assert 'data-live="15"' in member_client.get(f"{URL}rows/").content.decode()


@pytest.mark.parametrize(
    ("turn", "words"),
    [("customer", "waiting for you"), ("partner", "on Google’s side"), ("us", "we are on it")],
)
def test_the_badge_says_whose_turn_it_is(
    turn: str,
    words: str,
    member_client: Client,
    saved_connection: Connection,
    make_export: Make,
) -> None:
    make_export(saved_connection)
    Export.objects.update(trouble_code="x", trouble_message="No.", trouble_turn=turn)
    assert words in member_client.get(URL).content.decode()


def test_the_number_of_queries_does_not_grow_with_recurring_exports(
    member_client: Client,
    saved_connection: Connection,
    member: User,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    for _ in range(12):
        recurring_for_screens(saved_connection, member)
    with django_assert_max_num_queries(13):  # type: ignore[attr-defined]
        member_client.get(URL)
