from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from exports.models import Export
from integrations.models import Connection
from tests.exports.answers import answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_types")]

URL = "/100000000/settings/partners/exports/new/?partner=google-cloud"
LIST = "/100000000/settings/partners/exports/"


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
        "export-type-all_user_properties",
        "export-events",
        "export-frequency-once",
        "export-frequency-recurring",
        "export-interval",
        "export-start",
        "export-start-time",
        "export-range",
        "export-day",
        "export-from",
        "export-to",
        "export-format-json",
        "export-format-xml",
        "export-format-csv",
        "export-format-parquet",
        "export-estimate",
        "export-preview",
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


def test_everybody_is_exported_without_days(
    member_client: Client, saved_connection: Connection
) -> None:
    data = answers(saved_connection, type="all_user_properties", format="parquet", range=None)
    member_client.post(URL, data)
    export = Export.objects.get()
    assert (export.first_day, export.last_day, export.range_kind) == (None, None, "")
    assert (export.type, export.format) == ("all_user_properties", "parquet")


def test_beside_a_recurring_export_of_profiles_it_names_it_and_leads_to_its_stop(
    member_client: Client, saved_connection: Connection, recurring: Export
) -> None:
    page = member_client.post(URL, answers(saved_connection, type="all_user_properties"))
    content = page.content.decode()
    assert f"The recurring export {recurring} sends all user properties" in content
    assert f'href="{LIST}{recurring}/stop/"' in content
    assert Export.objects.count() == 1
    member_client.post(f"{LIST}{recurring}/stop/")
    member_client.post(URL, answers(saved_connection, type="all_user_properties"))
    assert Export.objects.count() == 2


def test_one_that_begins_between_looking_and_saving_is_seen_all_the_same(
    member_client: Client,
    saved_connection: Connection,
    recurring: Export,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("exports.forms.profile_export_in_the_way", lambda **_: None)
    page = member_client.post(URL, answers(saved_connection, type="all_user_properties"))
    assert f'href="{LIST}{recurring}/stop/"' in page.content.decode()
    assert Export.objects.count() == 1


def test_the_list_below_the_drawer_is_the_whole_one(
    member_client: Client, saved_connection: Connection, make_export: Callable[..., Export]
) -> None:
    export = make_export(saved_connection)
    content = member_client.get(URL).content.decode()
    assert f'data-testid="export-row-{export}"' in content
    assert "export-filter-reset" not in content


def test_without_scripts_a_button_estimates_and_keeps_what_was_chosen(
    member_client: Client, saved_connection: Connection
) -> None:
    sent = answers(
        saved_connection,
        bucket="",
        type="select_events",
        events=["App Launched"],
        range="specific_day",
        day="2026-11-20",
        format="csv",
        formula_guard="on",
        manifest=None,
        estimate="1",
    )
    content = member_client.post(URL, sent).content.decode()
    assert "Nothing would be exported." in content
    assert "field-error" not in content
    assert 'value="2026-11-20"' in content
    for chosen in ("events-App Launched", "format-csv", "formula-guard", "type-select_events"):
        assert is_checked(content, f"export-{chosen}"), chosen
    assert not is_checked(content, "export-manifest")
    assert not Export.objects.exists()


def recurring_answers(connection: Connection, **changes: Any) -> dict[str, Any]:
    chosen = {"frequency": "recurring", "interval": "8", "start": timezone.now().date().isoformat()}
    return answers(connection, range=None, **chosen, **changes)


def test_it_creates_a_recurring_export(member_client: Client, saved_connection: Connection) -> None:
    page = member_client.post(URL, recurring_answers(saved_connection), follow=True)
    export = Export.objects.get()
    assert "Google export has initiated" in page.content.decode()
    assert (export.frequency, export.interval_hours) == ("recurring", 8)
    assert export.runs.count() == 1
    assert export.next_run_at is not None
    assert "Every 8 hours" in page.content.decode()


def test_a_start_to_come_has_no_run_before(
    member_client: Client, saved_connection: Connection
) -> None:
    later = (timezone.now() + datetime.timedelta(days=2)).date().isoformat()
    member_client.post(URL, recurring_answers(saved_connection) | {"start": later})
    export = Export.objects.get()
    assert export.next_run_at == export.starts_at
    assert not export.runs.exists()


def test_the_start_is_today_at_midnight_unless_chosen(
    member_client: Client, saved_connection: Connection, account: Account
) -> None:
    account.time_zone = "Pacific/Kiritimati"
    account.save()
    today = timezone.now().astimezone(account.zone).date()
    content = member_client.get(URL).content.decode()
    tag = content.partition('name="start"')[2].partition(">")[0]
    assert f'value="{today:%Y-%m-%d}"' in tag
    assert 'value="00:00"' in content
    assert "Pacific/Kiritimati" in content


def test_a_bad_schedule_keeps_what_was_chosen_and_saves_nothing(
    member_client: Client, saved_connection: Connection
) -> None:
    sent = recurring_answers(saved_connection) | {"interval": "7", "start": "2020-01-01"}
    content = member_client.post(URL, sent).content.decode()
    assert 'data-testid="export-interval-error"' in content
    assert 'data-testid="export-start-error"' in content
    assert 'value="2020-01-01"' in content
    assert is_checked(content, "export-frequency-recurring")
    assert not Export.objects.exists()


def test_without_scripts_a_button_previews(
    member_client: Client, saved_connection: Connection
) -> None:
    content = member_client.post(URL, answers(saved_connection, preview="1")).content.decode()
    assert 'data-testid="export-preview-trouble"' in content
    assert not Export.objects.exists()


def is_checked(content: str, testid: str) -> bool:
    end = content.index(f'data-testid="{testid}"')
    tag = content[content.rindex("<input", 0, end) : content.index(">", end)]
    return " checked" in tag
