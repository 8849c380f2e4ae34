from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.models import EventDay, EventType
from exports.models import Export
from integrations.models import Connection
from tests.exports.answers import answers

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
