from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.core.errors import PermanentError
from exports.edit_form import answers_of, version_of
from exports.models import Export
from integrations.models import Connection
from tests.states import recurring_for_screens, run_done

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_types")]

LIST = "/100000000/settings/partners/exports/"


@pytest.fixture
def export(saved_connection: Connection, member: User) -> Export:
    return recurring_for_screens(saved_connection, member)


@pytest.fixture
def other_bucket(account: Account) -> Connection:
    return Connection.objects.create(
        account=account,
        partner="google-cloud",
        nickname="Archive",
        target="shop-archive",
        key_added_at=timezone.now(),
    )


def url_of(export: Export) -> str:
    return f"{LIST}{export}/edit/"


def sent(export: Export, **changes: Any) -> dict[str, Any]:
    """The form as it was opened, with changes; a change to None is a field that is not sent."""
    export.refresh_from_db()
    saved = answers_of(export)
    fields = {name: value for name, value in saved.items() if value not in (False, None, "")}
    fields = {name: "on" if value is True else value for name, value in fields.items()}
    fields |= {"version": version_of(saved), **changes}
    return {
        name: value
        for name, value in fields.items()
        if value is not None and name not in {"type", "frequency"}
    }


def test_the_drawer_shows_what_is_saved(member_client: Client, export: Export) -> None:
    content = member_client.get(url_of(export)).content.decode()
    assert f"Edit export {export}" in content
    assert f'value="{export.starts_at:%Y-%m-%d}"' in content
    assert '<option value="6" selected>' in content
    assert 'data-testid="export-range"' not in content


def test_type_and_frequency_are_shown_but_fixed(member_client: Client, export: Export) -> None:
    content = member_client.get(url_of(export)).content.decode()
    assert 'data-testid="export-type-all_events"' in content
    assert 'data-testid="export-type-select_events"' not in content
    assert 'data-testid="export-frequency-once"' not in content
    changes = {"type": "all_user_properties", "frequency": "once"}
    member_client.post(url_of(export), {**sent(export), **changes})
    export.refresh_from_db()
    assert (export.type, export.frequency) == ("all_events", "recurring")


def test_what_was_changed_is_saved_and_said(
    member_client: Client, export: Export, other_bucket: Connection
) -> None:
    run_done(export)
    changes = {"interval": "12", "start_time": "03:30", "format": "csv", "bucket": other_bucket.pk}
    page = member_client.post(url_of(export), sent(export, **changes), follow=True)
    assert page.redirect_chain == [(LIST, 302)]
    assert f"Export {export} is changed. What you changed" in page.content.decode()
    export.refresh_from_db()
    assert export.interval_hours == 12
    assert export.starts_at is not None and export.starts_at.hour == 3
    assert (export.format, export.bucket_name) == ("csv", "shop-archive")
    assert AuditEntry.objects.filter(action="export edited", subject=str(export)).exists()


def test_saving_without_a_change_changes_nothing(member_client: Client, export: Export) -> None:
    before = answers_of(export)
    member_client.post(url_of(export), sent(export))
    export.refresh_from_db()
    assert answers_of(export) == before


def test_an_option_can_be_taken_away(member_client: Client, export: Export) -> None:
    assert export.options["manifest"]
    member_client.post(url_of(export), sent(export, manifest=None))
    export.refresh_from_db()
    assert not export.options["manifest"]


def test_a_start_long_ago_may_stay_but_not_be_chosen(member_client: Client, export: Export) -> None:
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    Export.objects.filter(pk=export.pk).update(starts_at=long_ago, first_day=long_ago.date())
    member_client.post(url_of(export), sent(export, interval="8"))
    export.refresh_from_db()
    assert (export.interval_hours, export.starts_at) == (8, long_ago)
    page = member_client.post(url_of(export), sent(export, start="2020-01-02"))
    assert "at most 60 days back" in page.content.decode()


def test_bad_input_keeps_what_was_chosen_and_saves_nothing(
    member_client: Client, export: Export
) -> None:
    changes = {"interval": "5", "format": "csv", "start": "2026-02-31"}
    content = member_client.post(url_of(export), sent(export, **changes)).content.decode()
    assert "every 4, 6, 8, 12 or 24 hours" in content
    assert 'value="2026-02-31"' in content
    assert "Not saved yet" in content
    export.refresh_from_db()
    assert (export.interval_hours, export.format) == (6, "json")


def test_what_somebody_else_changed_meanwhile_is_said_and_not_overwritten(
    member_client: Client, export: Export
) -> None:
    opened = sent(export, format="csv")
    member_client.post(url_of(export), sent(export, interval="12"))
    content = member_client.post(url_of(export), opened).content.decode()
    assert "Somebody else has changed this export" in content
    assert "<li>Every: 12 hours</li>" in content
    assert "<li>Format: JSON</li>" in content
    export.refresh_from_db()
    assert (export.interval_hours, export.format) == (12, "json")
    shown = content.partition('name="version" value="')[2].partition('"')[0]
    member_client.post(url_of(export), {**opened, "version": shown})
    export.refresh_from_db()
    assert (export.interval_hours, export.format) == (6, "csv")


def test_what_workers_note_on_the_export_is_no_change_of_it(
    member_client: Client, export: Export
) -> None:
    opened = sent(export, interval="12")
    run_done(export)
    Export.objects.get(pk=export.pk).save()
    member_client.post(url_of(export), opened)
    export.refresh_from_db()
    assert export.interval_hours == 12


def test_a_run_under_way_is_named(member_client: Client, export: Export) -> None:
    assert "export-edit-running" in member_client.get(url_of(export)).content.decode()
    run_done(export)
    assert "export-edit-running" not in member_client.get(url_of(export)).content.decode()


def test_an_event_that_the_catalogue_has_forgotten_may_stay(
    member_client: Client, saved_connection: Connection, member: User
) -> None:
    names = ("App Launched", "Forgotten")
    export = recurring_for_screens(
        saved_connection, member, type="select_events", event_names=names
    )
    member_client.post(url_of(export), sent(export, interval="4"))
    export.refresh_from_db()
    assert (export.interval_hours, sorted(export.event_names)) == (4, sorted(names))


def test_an_export_that_runs_once_or_has_ended_is_not_edited(
    member_client: Client, export: Export
) -> None:
    data = sent(export, interval="12")
    Export.objects.filter(pk=export.pk).update(status="stopped")
    assert "This export was stopped" in member_client.get(url_of(export)).content.decode()
    Export.objects.filter(pk=export.pk).update(status="pending", frequency="once")
    assert "This export runs once" in member_client.post(url_of(export), data).content.decode()
    export.refresh_from_db()
    assert export.interval_hours == 6


def test_one_that_ends_between_opening_and_saving_is_said(
    member_client: Client, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(**_: Any) -> bool:
        raise PermanentError("It was stopped.", code="export_ended", fix="Start a new one.")

    monkeypatch.setattr("exports.services.export_edit", ended)
    page = member_client.post(url_of(export), sent(export), follow=True)
    assert "It was stopped. Start a new one." in page.content.decode()


def test_a_run_that_starts_anew_elsewhere_is_said(
    member_client: Client, export: Export, other_bucket: Connection
) -> None:
    export.runs.update(status="running", trouble_code="bucket_not_found")
    page = member_client.post(url_of(export), sent(export, bucket=other_bucket.pk), follow=True)
    assert "starts anew with these settings" in page.content.decode()


def test_it_is_for_those_who_may_export(
    viewer_client: Client,
    outsider_client: Client,
    member_client: Client,
    account: Account,
    export: Export,
) -> None:
    data = sent(export, interval="12")
    assert viewer_client.get(url_of(export)).status_code == 403
    assert viewer_client.post(url_of(export), data).status_code == 403
    assert outsider_client.post(url_of(export), data).status_code == 404
    foreign = url_of(export).replace("100000000", "200000000")
    assert outsider_client.get(foreign).status_code == 404
    account.plan = Account.Plan.ESSENTIALS
    account.save()
    assert member_client.post(url_of(export), data).status_code == 403
    export.refresh_from_db()
    assert export.interval_hours == 6


def test_without_scripts_a_button_shows_the_next_runs_and_keeps_what_was_chosen(
    member_client: Client, export: Export
) -> None:
    data = sent(export, interval="12", start="", version="old", estimate="1")
    content = member_client.post(url_of(export), data).content.decode()
    assert "No estimate yet: Enter the day" in content
    assert 'name="version" value="old"' in content
    assert '<option value="12" selected>' in content
    data = sent(export, interval="12", estimate="1")
    content = member_client.post(url_of(export), data).content.decode()
    assert 'data-testid="export-next-runs"' in content
    export.refresh_from_db()
    assert export.interval_hours == 6
