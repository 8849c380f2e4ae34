from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from clevertap_partners.accounts.models import Account
from exports.models import Export
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_types")]

URL = "/100000000/settings/partners/exports/new/?partner=google-cloud"
LIST = "/100000000/settings/partners/exports/"


def answers(connection: Connection, **changes: Any) -> dict[str, Any]:
    data = {
        "bucket": connection.pk,
        "type": "all_events",
        "frequency": "once",
        "range": "yesterday",
        "format": "json",
        "first_line": "event_name",
        "identifier_1": "identity",
        "manifest": "on",
    }
    return {**data, **changes}


def test_it_creates_an_export_and_says_so_on_the_list(
    member_client: Client, saved_connection: Connection
) -> None:
    page = member_client.post(URL, answers(saved_connection), follow=True)
    assert page.redirect_chain == [(LIST, 302)]
    export = Export.objects.get()
    content = page.content.decode()
    assert "Google export has initiated" in content
    assert f'data-testid="export-row-{export.request_id}"' in content
    assert f'data-testid="export-status-{export.request_id}"' in content


def test_htmx_is_sent_to_the_list(member_client: Client, saved_connection: Connection) -> None:
    answer = member_client.post(URL, answers(saved_connection), headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == LIST


def test_the_drawer_opens_alone_for_htmx_and_within_the_list_for_a_browser(
    member_client: Client, saved_connection: Connection
) -> None:
    alone = member_client.get(URL, headers={"HX-Request": "true"}).content.decode()
    whole = member_client.get(URL).content.decode()
    assert 'data-testid="export-submit"' in alone
    assert "<html" not in alone
    assert 'data-testid="export-submit"' in whole
    assert "<html" in whole


def test_every_choice_has_its_documented_test_id(
    member_client: Client, saved_connection: Connection
) -> None:
    content = member_client.get(URL).content.decode()
    for testid in (
        "export-bucket",
        "export-type-all_events",
        "export-type-select_events",
        "export-events",
        "export-frequency-once",
        "export-range",
        "export-day",
        "export-from",
        "export-to",
        "export-format-json",
        "export-submit",
    ):
        assert f'data-testid="{testid}"' in content, testid


def test_bad_input_keeps_what_was_chosen_and_saves_nothing(
    member_client: Client, saved_connection: Connection
) -> None:
    changes = {"range": "specific_day", "day": "2020-01-01", "type": "select_events"}
    page = member_client.post(URL, answers(saved_connection, **changes))
    content = page.content.decode()
    assert page.status_code == 200
    assert "Select at least one event" in content
    assert "Exports reach back 60 days" in content
    assert 'value="2020-01-01"' in content
    assert not Export.objects.exists()


def test_without_a_bucket_it_leads_to_connecting_one(member_client: Client) -> None:
    assert "Connect a bucket first" in member_client.get(URL).content.decode()


def test_an_unknown_partner_is_not_found(member_client: Client) -> None:
    assert member_client.get(URL.replace("google-cloud", "acme")).status_code == 404


def test_a_viewer_may_neither_open_nor_send_it(
    viewer_client: Client, saved_connection: Connection
) -> None:
    assert viewer_client.get(URL).status_code == 403
    assert viewer_client.post(URL, answers(saved_connection)).status_code == 403
    assert not Export.objects.exists()


def test_an_outsider_finds_nothing(outsider_client: Client, saved_connection: Connection) -> None:
    assert outsider_client.post(URL, answers(saved_connection)).status_code == 404


def test_without_the_feature_it_is_refused_with_the_way_out(
    member_client: Client, account: Account, saved_connection: Connection
) -> None:
    account.plan = Account.Plan.ESSENTIALS
    account.save()
    page = member_client.post(URL, answers(saved_connection))
    assert page.status_code == 403
    assert "account manager" in page.content.decode()
    assert not Export.objects.exists()
