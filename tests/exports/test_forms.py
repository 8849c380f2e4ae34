from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from clevertap_partners.accounts.models import Account
from exports.forms import ExportForm
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_types")]

TODAY = datetime.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC), tick=False):
        yield


def filled(connection: Connection, **changes: Any) -> ExportForm:
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
    return ExportForm({**data, **changes}, account=connection.account, partner="google-cloud")


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("yesterday", "2026-11-20", "2026-11-20"),
        ("last_7_days", "2026-11-14", "2026-11-20"),
        ("last_30_days", "2026-10-22", "2026-11-20"),
        ("current_month", "2026-11-01", "2026-11-21"),
        ("previous_month", "2026-10-01", "2026-10-31"),
    ],
)
def test_each_range_means_these_days(
    kind: str, first: str, last: str, saved_connection: Connection
) -> None:
    form = filled(saved_connection, range=kind)
    assert form.is_valid(), form.errors
    assert (str(form.spec.first_day), str(form.spec.last_day)) == (first, last)


def test_a_day_and_a_range_are_as_entered(saved_connection: Connection) -> None:
    form = filled(saved_connection, range="specific_day", day="2026-09-22")
    assert form.is_valid(), form.errors
    assert form.spec.first_day == form.spec.last_day == datetime.date(2026, 9, 22)
    form = filled(
        saved_connection, range="date_range", **{"from": "2026-11-01", "to": "2026-11-21"}
    )
    assert form.is_valid(), form.errors
    assert (form.spec.first_day.day, form.spec.last_day.day) == (1, 21)


def test_days_are_those_of_the_account(account: Account, saved_connection: Connection) -> None:
    account.time_zone = "Pacific/Kiritimati"
    saved_connection.account = account
    form = filled(saved_connection, range="yesterday")
    assert form.is_valid()
    assert form.spec.first_day == TODAY


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"range": "specific_day", "day": "2026-09-21"}, "day", "60 days"),
        ({"range": "specific_day", "day": "2026-11-22"}, "day", "in the future"),
        ({"range": "specific_day", "day": ""}, "day", "Enter a date"),
        ({"range": "specific_day", "day": "2026-02-31"}, "day", "valid date"),
        (
            {"range": "date_range", "from": "2026-11-02", "to": "2026-11-01"},
            "to",
            "before the first",
        ),
        ({"range": "date_range", "from": "2026-09-21", "to": "2026-11-01"}, "from", "60 days"),
        ({"range": "date_range", "from": "2026-11-01", "to": "2026-11-22"}, "to", "future"),
        ({"type": "select_events"}, "events", "at least one"),
        ({"type": "select_events", "events": ["Nope"]}, "events", "“Nope” is not an event"),
        ({"bucket": ""}, "bucket", "Choose the bucket"),
        ({"bucket": "999999"}, "bucket", "not among the saved"),
        ({"format": "yaml"}, "format", "valid choice"),
        ({"frequency": "hourly"}, "frequency", "valid choice"),
        ({"range": "last_year"}, "range", "valid choice"),
        ({"identifier_2": "identity"}, "identifier_2", "tried already"),
    ],
)
def test_bad_input_is_answered_beside_its_field(
    changes: dict[str, Any], field: str, words: str, saved_connection: Connection
) -> None:
    form = filled(saved_connection, **changes)
    assert not form.is_valid()
    assert words in " ".join(form.errors[field])
    assert list(form.errors) == [field]


def test_another_accounts_bucket_cannot_be_chosen(
    saved_connection: Connection, other_account: Account
) -> None:
    form = filled(saved_connection)
    foreign = ExportForm(form.data, account=other_account, partner="google-cloud")
    assert "bucket" in foreign.errors


def test_selected_events_and_options_reach_the_spec(saved_connection: Connection) -> None:
    form = filled(
        saved_connection,
        type="select_events",
        events=["कार्ट / 🛒", "App Launched"],
        first_line="record",
        identifier_1="email",
        identifier_2="phone",
        clevertap_id="on",
        manifest="",
    )
    assert form.is_valid(), form.errors
    assert form.spec.event_names == ("App Launched", "कार्ट / 🛒")
    assert form.spec.encode.identifiers == ("email", "phone")
    assert form.spec.encode.clevertap_id
    assert not form.spec.encode.event_name_line
    assert not form.spec.manifest
