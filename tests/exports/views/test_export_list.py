from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db.models import F
from django.test import Client

from exports.models import Export
from exports.pipeline.encode.base import EncodeOptions
from integrations.models import Connection

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
    assert "every 2s" in member_client.get(f"{URL}rows/").content.decode()
    Export.objects.update(status="done")
    assert "every 2s" not in member_client.get(f"{URL}rows/").content.decode()


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
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    # A read would fail: no key opens this.
    Connection.objects.annotate(raw=F("nickname")).update(config=F("raw"))
    for url in (URL, f"{URL}{export}/", f"{URL}{export}/stop/", f"{URL}new/?partner=google-cloud"):
        assert member_client.get(url).status_code == 200


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
    for words in ("All user properties", "Everybody", "Recurring", "JSON, gzip", "CSV, gzip"):
        assert words in content, words


def test_a_format_of_the_past_is_still_named(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    Export.objects.update(format="avro")
    assert "AVRO" in member_client.get(URL).content.decode()
    assert "AVRO" in member_client.get(f"{URL}{export}/").content.decode()
