"""The list of imports is found in: filters, order, pages and what has not changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account
from imports.models import Import, ImportRun
from tests.imports.factories import make_connection, make_import, open_run

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/imports/"


@pytest.fixture
def three(account: Account, member: User) -> list[Import]:
    """b, A and c: with more rows, an earlier run and a later status each."""
    Account.objects.update(bigquery_import=True)
    connection = make_connection(account)
    made = []
    for number, (name, status) in enumerate((("b", "paused"), ("A", "ready"), ("c", "stopped")), 1):
        item = make_import(connection, nickname=name, status=status, created_by=member)
        Import.objects.filter(pk=item.pk).update(rows_imported=number, last_run_timestamp=-number)
        made.append(item)
    return made


def content_of(client: Client, params: dict[str, Any], path: str = "") -> str:
    response = client.get(URL + path, params)
    assert response.status_code == 200, params
    return str(response.content.decode())


def shown(client: Client, **params: Any) -> str:
    """The nicknames, one after the other."""
    found = re.findall(r'data-testid="import-link-\d+">([^<]*)<', content_of(client, params))
    return "".join(found)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "cAb"),
        ("created", "bAc"),
        ("nickname", "Abc"),
        ("-nickname", "cbA"),
        ("-rows", "cAb"),
        ("last_run", "cAb"),
        ("-last_run", "bAc"),
        ("status", "bAc"),
        ("-status", "cAb"),
        ("x", "cAb"),
    ],
)
def test_it_sorts_by_what_the_address_says(
    sort: str, order: str, member_client: Client, three: list[Import]
) -> None:
    assert shown(member_client, sort=sort) == order


def test_filters_are_counted_and_taken_away_one_by_one(
    member_client: Client, member: User, three: list[Import]
) -> None:
    params = {"status": "paused", "created_by": str(member.pk), "sort": "rows"}
    content = content_of(member_client, params)
    assert "1 of 3 imports" in strip_tags(content)
    assert f'href="{URL}?created_by={member.pk}&amp;sort=rows"' in content
    assert "import-chip-created_by" in content
    assert 'aria-sort="ascending"' in content


@pytest.mark.parametrize(
    "params",
    [
        {"page": "abc"},
        {"sort": "--"},
        {"per_page": "-5"},
        {"created_by": "x"},
        {"created_from": "0001-01-01", "created_to": "9999-12-31"},
        {"q": "\0"},
    ],
)
def test_what_cannot_be_read_is_left_out(
    params: dict[str, str], member_client: Client, three: list[Import]
) -> None:
    assert len(shown(member_client, **params)) == 3
    content_of(member_client, params, "rows/")


def test_what_has_not_changed_is_not_sent_again(member_client: Client, three: list[Import]) -> None:
    run = open_run(three[1], rows_expected=10)
    for path, begin, extra in (
        ("", 'id="import-rows"', {}),
        (f"{three[1].pk}/", 'id="import-detail"', {"HX-Request": "true"}),
    ):
        content = content_of(member_client, {}, path).partition(begin)[2]
        tag = unescape(re.search(r'data-live-tag="([^"]*)"', content)[1])  # type: ignore[index]
        again = unescape(re.search(r'hx-get="([^"]*)"', content)[1])  # type: ignore[index]
        headers = {"If-None-Match": tag, **extra}
        assert member_client.get(again, headers=headers).status_code == 304
        run.rows_expected += 1
        run.save()
        assert member_client.get(again, headers=headers).status_code == 200


def test_a_long_list_takes_as_many_queries_as_a_short_one(
    member_client: Client,
    three: list[Import],
    django_assert_num_queries: Callable[..., Any],
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    params = {"per_page": 40, "kind": "events", "sort": "-rows"}
    content_of(member_client, params)  # notes the visit
    with django_assert_max_num_queries(15) as first:
        content_of(member_client, params)
    for number in range(37):
        make_import(three[0].connection, nickname=f"More {number}", created_by=three[0].created_by)
    with django_assert_num_queries(len(first)):
        content_of(member_client, params)


def state_of(content: str, item: Import) -> str:
    row = content.partition(f'id="import-{item.pk}"')[2]
    return re.search(r'data-live-state="([^"]*)"', row)[1]  # type: ignore[index]  # it has one


def test_an_import_says_done_only_after_a_run_that_is_done(
    member_client: Client, three: list[Import]
) -> None:
    paused, ready, _ = three
    content = content_of(member_client, {})
    assert (state_of(content, paused), state_of(content, ready)) == ("idle", "idle")
    assert "data-live-ended" not in content
    run = open_run(paused)
    ImportRun.objects.filter(pk=run.pk).update(status="stopped")
    content = content_of(member_client, {})
    assert (state_of(content, paused), "data-live-ended" in content) == ("unfinished", False)
    ImportRun.objects.filter(pk=run.pk).update(status="done")
    content = content_of(member_client, {})
    assert (state_of(content, paused), "data-live-ended" in content) == ("rest", True)


def test_a_list_of_some_status_tells_of_what_has_left_it(
    member_client: Client, three: list[Import]
) -> None:
    ready = three[1]
    headers = {"Live-Rows": str(ready.pk)}
    Import.objects.filter(pk=ready.pk).update(status="stopped")
    response = member_client.get(f"{URL}rows/", {"status": "ready"}, headers=headers)
    content = str(response.content.decode())
    assert f'data-live-of="import-{ready.pk}" data-live-state="stopped"' in content
    assert 'data-live="15"' in content
    assert "import-empty-show-all" in content
