from __future__ import annotations

import datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.models import EventDay, EventType
from exports.models import Export
from integrations.models import Connection
from tests.exports.answers import answers
from tests.states import recurring_for_screens, run_done

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/exports/estimate/?partner=google-cloud"


@pytest.fixture(autouse=True)
def _events(account: Account) -> None:
    """1,234,567 events, yesterday."""
    day = timezone.now().date() - datetime.timedelta(days=1)
    kind = EventType.objects.create(account=account, name="Charged", first_day=day, last_day=day)
    EventDay.objects.create(event_type=kind, day=day, rows=1_234_567, bytes=512_000_000)


def words(client: Client, connection: Connection, **changes: Any) -> str:
    """What it says, without the tags."""
    page = client.post(URL, answers(connection, **changes), headers={"HX-Request": "true"})
    assert page.status_code == 200
    text = page.content.decode().replace("<strong>", "").replace("</strong>", "")
    return text.partition(">")[2].partition("</p>")[0]


def test_it_says_how_much_it_would_be(member_client: Client, saved_connection: Connection) -> None:
    said = words(member_client, saved_connection, bucket="")
    assert said == "About 1,234,567 events in 7 files, 512.0 MB of JSON"
    zipped = words(member_client, saved_connection, compress="on", manifest=None)
    assert zipped == "About 1,234,567 events in 1 file, 76.8 MB of JSON with gzip"
    assert not Export.objects.exists()


def test_it_says_where_the_events_are_when_the_days_have_none(
    member_client: Client, saved_connection: Connection
) -> None:
    today = timezone.now().date().isoformat()
    said = words(member_client, saved_connection, range="specific_day", day=today)
    assert "Nothing would be exported." in said
    assert "events reach from" in said


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"type": "select_events"}, "Select at least one event"),
        ({"range": "specific_day"}, "Enter a date."),
        ({"range": "specific_day", "day": "2020-01-01"}, "reach back 60 days"),
        ({"type": None}, "This field is required."),
    ],
)
def test_it_says_what_is_missing(
    changes: dict[str, Any],
    missing: str,
    member_client: Client,
    saved_connection: Connection,
) -> None:
    said = words(member_client, saved_connection, **changes)
    assert said.startswith("No estimate yet: ")
    assert missing in said


def recurring(**changes: Any) -> dict[str, Any]:
    day = timezone.now().date() - datetime.timedelta(days=2)
    return {"frequency": "recurring", "interval": "12", "start": day.isoformat(), **changes}


def all_words(client: Client, connection: Connection, **changes: Any) -> str:
    content = client.post(URL, answers(connection, **changes)).content.decode()
    return " ".join(strip_tags(content).split())


def test_of_a_recurring_export_it_says_the_first_run_the_later_ones_and_when(
    member_client: Client, saved_connection: Connection
) -> None:
    said = all_words(member_client, saved_connection, **recurring())
    assert "First run, at once: About 1,234,567 events in 7 files, 512.0 MB of JSON" in said
    assert "Each later run: About 617,284 events in 4 files, 256.0 MB" in said
    assert "Then: " in said


def test_a_start_to_come_has_nothing_yet_and_begins_with_it(
    member_client: Client, saved_connection: Connection
) -> None:
    day = timezone.now().date() + datetime.timedelta(days=3)
    said = all_words(member_client, saved_connection, **recurring(start=day.isoformat()))
    assert "First run: nothing has arrived for it yet" in said
    assert f"Runs: {day:%a %-d %b}, 00:00" in said or f"Runs: {day:%a %-d %b %Y}, 00:00" in said


def test_of_people_nobody_knows_how_many_change(
    member_client: Client, saved_connection: Connection
) -> None:
    chosen = recurring(type="all_user_properties")
    said = all_words(member_client, saved_connection, **chosen)
    assert "Each later run: those who have changed" in said


@pytest.mark.parametrize("time", ["02:30", "00:00"])
def test_an_hour_that_is_left_out_is_explained(
    time: str, member_client: Client, saved_connection: Connection, account: Account
) -> None:
    account.time_zone = "Europe/Berlin"
    account.save()
    with time_machine.travel(datetime.datetime(2026, 3, 20, tzinfo=datetime.UTC), tick=False):
        chosen = recurring(start="2026-03-29", start_time=time, interval="24")
        said = all_words(member_client, saved_connection, **chosen)
    assert ("There is no 02:30 on 29 March 2026" in said) == (time == "02:30")
    first = "03:30 (UTC+02:00)" if time == "02:30" else "00:00 (UTC+01:00)"
    assert f"Runs: Sun 29 Mar, {first} · Mon 30 Mar" in said


def test_of_an_export_that_exists_it_speaks_of_the_next_runs(
    member_client: Client,
    outsider_client: Client,
    saved_connection: Connection,
    member: User,
) -> None:
    export = recurring_for_screens(saved_connection, member)
    run_done(export)
    url = f"/100000000/settings/partners/exports/estimate/?export={export}"
    sent = answers(saved_connection, **recurring())
    said = " ".join(strip_tags(member_client.post(url, sent).content.decode()).split())
    assert "First run" not in said
    assert "Next runs: " in said
    foreign = url.replace("100000000", "200000000")
    assert outsider_client.post(foreign, sent).status_code == 404
    assert member_client.post(url + "9" * 5000, sent).status_code == 200


def test_nothing_at_all_is_no_crash(member_client: Client) -> None:
    assert "No estimate yet" in member_client.post(URL).content.decode()


def test_it_is_for_those_who_may_export(
    viewer_client: Client,
    outsider_client: Client,
    member_client: Client,
    account: Account,
    saved_connection: Connection,
) -> None:
    sent = answers(saved_connection)
    assert viewer_client.post(URL, sent).status_code == 403
    assert outsider_client.post(URL, sent).status_code == 404
    assert member_client.get(URL).status_code == 405
    account.plan = Account.Plan.ESSENTIALS
    account.save()
    assert member_client.post(URL, sent).status_code == 403
