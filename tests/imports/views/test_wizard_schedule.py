"""The third step of the wizard, submitting, and changing what runs already."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from imports import wizard_warehouse
from imports.mapping import Mapping, Property, as_json
from imports.models import Import, ImportRun
from imports.services import import_submit
from integrations.models import Connection
from integrations.warehouse import Estimate
from tests.fakes.warehouse import FakeWarehouse
from tests.imports.views.asking import check, check_of, seen_on

BASE = "/100000000/settings/partners/imports/"


def url_of(item: Import, step: str = "schedule/") -> str:
    return f"{BASE}{item.pk}/{step}"


@pytest.fixture
def mapped(draft: Import) -> Import:
    """A draft that lacks nothing but its schedule."""
    mapping = Mapping(
        "profiles",
        "user_id",
        cursor_column="updated_at",
        cursor_kind="timestamp",
        properties=(Property("plan", "Plan", "string"),),
    )
    draft.kind, draft.mapping = "profiles", as_json(mapping)
    draft.save()
    return draft


@pytest.fixture
def running(mapped: Import, member: User) -> Import:
    """Submitted, every two hours; its first run is under way."""
    mapped.frequency = "interval"
    mapped.schedule = {"every": 2, "unit": "hours", "anchor": timezone.now().isoformat()}
    mapped.save()
    return import_submit(item=mapped, actor=member)


def test_an_interval_runs_at_once_and_is_counted_from_then(
    member_client: Client, mapped: Import
) -> None:
    sent = {"frequency": "interval", "every": "2", "unit": "hours", "next": "1"}
    before = timezone.now()
    response = member_client.post(url_of(mapped), sent)
    assert response.url == BASE
    mapped.refresh_from_db()
    assert mapped.status != "draft"
    assert mapped.runs.count() == 1
    assert mapped.next_run_at is not None
    assert mapped.next_run_at - before >= datetime.timedelta(hours=2)


@pytest.mark.parametrize(
    ("every", "unit", "said"),
    [
        ("14", "minutes", "The shortest interval is 15 minutes."),
        ("60", "weeks", "The longest interval is a year."),
        ("", "hours", "Enter how often it runs"),
        ("2.5", "hours", "Enter a whole number"),
    ],
)
def test_an_interval_out_of_bounds_is_refused(
    member_client: Client, mapped: Import, every: str, unit: str, said: str
) -> None:
    sent = {"frequency": "interval", "every": every, "unit": unit, "next": "1"}
    assert said in member_client.post(url_of(mapped), sent).content.decode()
    mapped.refresh_from_db()
    assert mapped.status == "draft"


def test_a_custom_schedule_has_several_entries(member_client: Client, mapped: Import) -> None:
    sent = {
        "frequency": "custom",
        "days_of": "month",
        "month-0-day": "31",
        "month-0-time": "09:00",
        "month-1-day": "last",
        "month-1-time": "18:30",
        "week-0-day": "0",
        "week-0-time": "",
    }
    text = check(member_client, url_of(mapped), sent)
    assert "Next runs:" in text
    page = member_client.get(url_of(mapped)).content.decode()
    assert "Months without a 29th, 30th or 31st are skipped" in page
    member_client.post(url_of(mapped), {**sent, "next": "1"})
    mapped.refresh_from_db()
    assert mapped.schedule == {
        "days_of": "month",
        "entries": [{"day": 31, "time": "09:00"}, {"day": "last", "time": "18:30"}],
    }
    assert mapped.next_run_at is not None
    assert not mapped.runs.exists()


def test_a_row_of_a_custom_schedule_without_a_time_says_so(
    member_client: Client, mapped: Import
) -> None:
    sent = {
        "frequency": "custom",
        "days_of": "week",
        "week-0-day": "0",
        "week-0-time": "",
        "next": "1",
    }
    page = member_client.post(url_of(mapped), sent).content.decode()
    assert 'data-testid="import-week-0-time-error"' in page


def test_rows_are_added_and_removed_without_a_script(member_client: Client, mapped: Import) -> None:
    sent = {
        "frequency": "custom",
        "days_of": "week",
        "week-0-day": "2",
        "week-0-time": "07:15",
    }
    page = member_client.post(url_of(mapped), {**sent, "add": "week"}).content.decode()
    assert 'name="week-1-day"' in page
    assert page.count('value="07:15"') == 2
    sent |= {"week-1-day": "4", "week-1-time": "08:00", "remove": "week-0"}
    page = member_client.post(url_of(mapped), sent).content.decode()
    assert 'name="week-1-day"' not in page
    assert 'value="08:00"' in page


def test_a_date_that_has_passed_is_refused(member_client: Client, mapped: Import) -> None:
    yesterday = timezone.now().date() - datetime.timedelta(days=1)
    sent = {"frequency": "manual", "when": "at", "date": f"{yesterday}", "time": "10:00"}
    page = member_client.post(url_of(mapped), {**sent, "next": "1"}).content.decode()
    assert "This has passed" in page


def test_run_later_makes_it_ready_without_a_run(member_client: Client, mapped: Import) -> None:
    sent = {"frequency": "manual", "when": "later", "next": "1"}
    page = member_client.post(url_of(mapped), sent, follow=True).content.decode()
    assert "It runs when somebody presses Run now." in page
    mapped.refresh_from_db()
    assert mapped.status == "ready"
    assert not mapped.runs.exists()


def test_the_page_names_the_zone_and_the_next_runs(member_client: Client, mapped: Import) -> None:
    page = member_client.get(url_of(mapped)).content.decode()
    assert "<strong>Europe/Berlin</strong>" in page
    sent = {"frequency": "interval", "every": "1", "unit": "days"}
    text = check(member_client, url_of(mapped), sent)
    assert "<strong>at once</strong>" in text
    assert text.count(" · ") == 2
    mapped.refresh_from_db()
    assert mapped.frequency == "interval"


def test_a_draft_is_submitted_once(member_client: Client, mapped: Import) -> None:
    sent = {"frequency": "interval", "every": "2", "unit": "hours", "next": "1"}
    member_client.post(url_of(mapped), sent)
    again = member_client.post(url_of(mapped), sent)
    assert again.url == url_of(mapped, "")
    assert ImportRun.objects.count() == 1


def configured(item: Import, **changes: str) -> dict[str, str]:
    return {
        "nickname": item.nickname,
        "connection": str(item.connection_id),
        "source": "table",
        "table": "users",
        **changes,
    }


def test_a_new_nickname_is_saved_at_once(member_client: Client, running: Import) -> None:
    sent = configured(running, nickname="Everybody", finish="1")
    response = member_client.post(url_of(running, "edit/"), sent)
    assert response.url == url_of(running, "")
    running.refresh_from_db()
    assert running.nickname == "Everybody"
    assert running.schedule["every"] == 2


def test_a_change_waits_in_the_session_until_it_is_saved(
    member_client: Client, running: Import
) -> None:
    sent = {"frequency": "interval", "every": "6", "unit": "hours"}
    check(member_client, url_of(running, "edit/schedule/"), sent)
    running.refresh_from_db()
    assert running.schedule["every"] == 2
    assert (
        'name="every" value="6"'
        in member_client.get(url_of(running, "edit/schedule/")).content.decode()
    )
    member_client.post(url_of(running, "edit/cancel/"))
    assert (
        'name="every" value="6"'
        not in member_client.get(url_of(running, "edit/schedule/")).content.decode()
    )
    member_client.post(url_of(running, "edit/schedule/"), {**sent, "next": "1"})
    running.refresh_from_db()
    assert running.schedule["every"] == 6


def test_saving_the_same_schedule_keeps_its_beginning(
    member_client: Client, running: Import
) -> None:
    before = running.schedule, running.next_run_at
    sent = {"frequency": "interval", "every": "2", "unit": "hours", "next": "1"}
    member_client.post(url_of(running, "edit/schedule/"), sent)
    running.refresh_from_db()
    assert (running.schedule, running.next_run_at) == before


def test_another_source_is_explained_before_it_is_saved(
    member_client: Client, running: Import, warehouse: FakeWarehouse
) -> None:
    sent = configured(running, table="empty", finish="1")
    response = member_client.post(url_of(running, "edit/"), sent)
    assert response.url == url_of(running, "edit/confirm/")
    page = member_client.get(response.url).content.decode()
    assert "The next run reads everything again." in page
    running.refresh_from_db()
    assert running.table == "users"
    assert member_client.post(response.url).url == url_of(running, "")
    running.refresh_from_db()
    assert running.table == "empty"


def test_somebody_elses_change_is_not_replaced_unseen(
    member_client: Client, running: Import
) -> None:
    sent = configured(running, nickname="Everybody")
    check(member_client, url_of(running, "edit/"), sent)
    Import.objects.filter(pk=running.pk).update(nickname="All people")
    response = member_client.post(url_of(running, "edit/"), {**sent, "finish": "1"})
    assert response.url == url_of(running, "edit/confirm/")
    assert "Somebody else has changed" in member_client.get(response.url).content.decode()
    member_client.post(response.url)
    running.refresh_from_db()
    assert running.nickname == "Everybody"


def test_a_stopped_import_is_not_edited(member_client: Client, running: Import) -> None:
    Import.objects.filter(pk=running.pk).update(status="stopped")
    assert member_client.get(url_of(running, "edit/")).status_code == 404


def test_a_draft_is_not_edited_and_what_runs_is_no_draft(
    member_client: Client, draft: Import, connection: Connection
) -> None:
    assert member_client.get(url_of(draft, "edit/")).url == url_of(draft, "configure/")
    Import.objects.filter(pk=draft.pk).update(status="ready")
    assert member_client.get(url_of(draft, "map/")).url == url_of(draft, "edit/map/")


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("date", ["0001-01-01", "1800-01-01", "9999-12-31"])
def test_a_day_beyond_all_clocks_is_refused(
    member_client: Client, mapped: Import, zone: str, date: str
) -> None:
    mapped.account.time_zone = zone
    mapped.account.save()
    sent = {"frequency": "manual", "when": "at", "date": date, "time": "00:00", "next": "1"}
    page = member_client.post(url_of(mapped), sent).content.decode()
    assert "This has passed" in page or "a year ahead" in page


def test_what_exists_is_not_offered_to_run_at_once(member_client: Client, running: Import) -> None:
    manual = {"frequency": "manual", "next": "1"}
    page = member_client.get(url_of(running, "edit/schedule/")).content.decode()
    assert "As soon as you press Import" not in page
    refused = member_client.post(url_of(running, "edit/schedule/"), {**manual, "when": "now"})
    assert refused.status_code == 200
    member_client.post(url_of(running, "edit/schedule/"), {**manual, "when": "later"})
    running.refresh_from_db()
    assert running.schedule == {"when": "later"}


def test_a_run_at_once_that_is_over_is_no_change(member_client: Client, running: Import) -> None:
    running.frequency, running.schedule = "manual", {"when": "now"}
    running.save()
    sent = {"frequency": "manual", "when": "later", "next": "1"}
    response = member_client.post(url_of(running, "edit/schedule/"), sent)
    assert response.url == url_of(running, "")
    assert "is changed" not in member_client.get(response.url).content.decode()


def test_back_keeps_the_schedule(member_client: Client, mapped: Import) -> None:
    sent = {"frequency": "interval", "every": "3", "unit": "hours", "back": "1"}
    assert member_client.post(url_of(mapped), sent).url == url_of(mapped, "map/")
    mapped.refresh_from_db()
    assert mapped.schedule == {"every": 3, "unit": "hours"}


def test_a_slow_check_does_not_bring_back_a_change_that_was_saved(
    member_client: Client, running: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = url_of(running, "edit/")
    seen = seen_on(member_client, url)
    other = Client()
    other.cookies = member_client.cookies
    estimate = wizard_warehouse.source_estimate

    def slow(**asked: Any) -> Estimate:
        monkeypatch.setattr(wizard_warehouse, "source_estimate", estimate)
        other.post(url, configured(running, nickname="Everybody", finish="1"))
        return estimate(**asked)

    monkeypatch.setattr(wizard_warehouse, "source_estimate", slow)
    check_of(member_client, url, configured(running, nickname="Half typed"), seen=seen)
    running.refresh_from_db()
    assert running.nickname == "Everybody"
    assert 'value="Everybody"' in member_client.get(url).content.decode()


def test_a_slow_check_does_not_bring_back_a_change_that_was_dropped(
    member_client: Client, running: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = url_of(running, "edit/")
    check(member_client, url, configured(running, nickname="Everybody"))
    seen = seen_on(member_client, url)
    other = Client()
    other.cookies = member_client.cookies
    estimate = wizard_warehouse.source_estimate

    def slow(**asked: Any) -> Estimate:
        other.post(url_of(running, "edit/cancel/"))
        return estimate(**asked)

    monkeypatch.setattr(wizard_warehouse, "source_estimate", slow)
    check_of(member_client, url, configured(running, nickname="Half typed"), seen=seen)
    assert 'value="People"' in member_client.get(url).content.decode()


def test_looking_at_an_import_begins_no_change(member_client: Client, running: Import) -> None:
    sent = configured(running)
    check(member_client, url_of(running, "edit/"), {**sent, "look": "1"})
    check(member_client, url_of(running, "edit/"), sent)
    assert f"import-edit-{running.pk}" not in member_client.session
    Import.objects.filter(pk=running.pk).update(nickname="All people")
    assert 'value="All people"' in member_client.get(url_of(running, "edit/")).content.decode()
