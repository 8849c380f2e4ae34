from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from clevertap_partners.accounts.models import Account
from exports.forms import ExportForm
from exports.models import Export
from integrations.models import Connection
from tests.exports.answers import answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_types")]

TODAY = datetime.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC), tick=False):
        yield


def filled(connection: Connection, **changes: Any) -> ExportForm:
    data = answers(connection, **changes)
    return ExportForm(data, account=connection.account, partner="google-cloud")


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


@pytest.mark.parametrize(
    ("format_key", "written"),
    [
        ("json", {"values_as_strings", "compress"}),
        ("xml", {"compress"}),
        ("csv", {"compress", "formula_guard"}),
        ("parquet", {"values_as_strings"}),
    ],
)
def test_options_that_the_format_does_not_have_are_ignored(
    format_key: str, written: set[str], saved_connection: Connection
) -> None:
    options = dict.fromkeys(("values_as_strings", "compress", "formula_guard"), "on")
    form = filled(saved_connection, format=format_key, first_line="record", **options)
    assert form.is_valid(), form.errors
    assert {name for name in options if getattr(form.spec.encode, name)} == written
    assert form.spec.encode.event_name_line == (format_key != "json")


def test_user_properties_need_no_days_and_no_choice_of_gzip(saved_connection: Connection) -> None:
    form = filled(
        saved_connection,
        type="all_user_properties",
        range="specific_day",
        day="no day",
        events=["Nope"],
        first_line="record",
        compress="on",
    )
    assert form.is_valid(), form.errors
    assert (form.spec.first_day, form.spec.last_day, form.spec.range_kind) == (None, None, "")
    assert form.spec.event_names == ()
    assert form.spec.encode.event_name_line
    assert not form.spec.encode.compress


def test_what_the_other_choices_hide_is_not_looked_at(saved_connection: Connection) -> None:
    hidden = {"day": "no day", "from": "2020-01-01", "events": ["Nope"], "first_line": "nonsense"}
    form = filled(saved_connection, format="csv", **hidden)
    assert form.is_valid(), form.errors


def test_a_draft_needs_no_bucket_but_everything_else(saved_connection: Connection) -> None:
    assert filled(saved_connection, bucket="").draft() is not None
    form = filled(saved_connection, bucket="", type="select_events")
    assert form.draft() is None
    assert form.missing() == "Select at least one event, or export all events."


@pytest.mark.parametrize("status", ["pending", "running"])
def test_user_properties_are_refused_beside_a_recurring_export_of_them(
    status: str, saved_connection: Connection, recurring: Export
) -> None:
    Export.objects.update(status=status)
    form = filled(saved_connection, type="all_user_properties")
    assert not form.is_valid()
    assert str(recurring) in form.errors["type"][0]
    assert form.blocker == recurring
    assert filled(saved_connection).is_valid()


@pytest.mark.parametrize(
    "change",
    [{"status": "stopped"}, {"frequency": "once"}, {"type": "all_events"}],
    ids=["ended", "not recurring", "of events"],
)
def test_other_exports_stand_in_nobodys_way(
    change: dict[str, str], saved_connection: Connection, recurring: Export
) -> None:
    Export.objects.update(**change)
    assert filled(saved_connection, type="all_user_properties").is_valid()


def test_another_accounts_recurring_export_stands_in_nobodys_way(
    saved_connection: Connection, recurring: Export, other_account: Account
) -> None:
    Export.objects.update(account=other_account)
    assert filled(saved_connection, type="all_user_properties").is_valid()


def recurring_answers(**changes: Any) -> dict[str, Any]:
    chosen = {"frequency": "recurring", "range": None, "interval": "6", "start": "2026-11-21"}
    return {**chosen, "start_time": "18:30", **changes}


def test_a_recurring_export_has_an_interval_and_a_start_and_no_days(
    account: Account, saved_connection: Connection
) -> None:
    account.time_zone = "Europe/Berlin"
    saved_connection.account = account
    form = filled(saved_connection, **recurring_answers(range="date_range", day="no day"))
    assert form.is_valid(), form.errors
    spec = form.spec
    assert spec.interval_hours == 6
    assert spec.starts_at == datetime.datetime(2026, 11, 21, 17, 30, tzinfo=datetime.UTC)
    assert (spec.range_kind, spec.last_day) == ("", None)
    assert spec.first_day == TODAY


def test_a_recurring_export_of_profiles_has_no_first_day(saved_connection: Connection) -> None:
    form = filled(saved_connection, type="all_user_properties", **recurring_answers())
    assert form.is_valid(), form.errors
    assert (form.spec.first_day, form.spec.last_day) == (None, None)
    assert form.spec.starts_at is not None


def test_without_a_time_it_starts_at_midnight(saved_connection: Connection) -> None:
    form = filled(saved_connection, **recurring_answers(start_time=""))
    assert form.is_valid(), form.errors
    assert form.spec.starts_at == datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"interval": "5"}, "interval", "every 4, 6, 8, 12 or 24 hours"),
        ({"interval": "often"}, "interval", "every 4, 6, 8, 12 or 24 hours"),
        ({"interval": ""}, "interval", "every 4, 6, 8, 12 or 24 hours"),
        ({"start": ""}, "start", "Enter the day"),
        ({"start": "2026-02-31"}, "start", "valid date"),
        ({"start": "2026-09-21"}, "start", "at most 60 days back"),
        ({"start": "1970-01-01"}, "start", "at most 60 days back"),
        ({"start": "2027-11-22"}, "start", "at most a year ahead"),
        ({"start": "9999-12-31"}, "start", "at most a year ahead"),
        ({"start_time": "25:00"}, "start_time", "such as 00:00"),
    ],
)
def test_a_bad_schedule_is_answered_beside_its_field(
    changes: dict[str, Any], field: str, words: str, saved_connection: Connection
) -> None:
    form = filled(saved_connection, **recurring_answers(**changes))
    assert not form.is_valid()
    assert words in " ".join(form.errors[field])
    assert list(form.errors) == [field]


@pytest.mark.parametrize("start", ["2026-09-22", "2027-11-21"])
def test_the_first_and_the_last_possible_start_are_fine(
    start: str, saved_connection: Connection
) -> None:
    assert filled(saved_connection, **recurring_answers(start=start)).is_valid()


@pytest.mark.parametrize(
    ("start", "words", "starts_at"),
    [
        ("2027-03-28", "There is no 02:30", "2027-03-28T01:30:00+00:00"),
        ("2027-10-31", "comes twice", "2027-10-31T00:30:00+00:00"),
        ("2027-10-30", "", "2027-10-30T00:30:00+00:00"),
    ],
)
def test_an_hour_that_is_missing_or_doubled_is_explained_and_not_refused(
    start: str, words: str, starts_at: str, account: Account, saved_connection: Connection
) -> None:
    account.time_zone = "Europe/Berlin"
    saved_connection.account = account
    form = filled(saved_connection, **recurring_answers(start=start, start_time="02:30"))
    assert form.is_valid(), form.errors
    assert form.spec.starts_at == datetime.datetime.fromisoformat(starts_at)
    assert words in form.clock_note
    assert bool(form.clock_note) == bool(words)


def test_what_only_recurring_exports_have_is_not_looked_at_otherwise(
    saved_connection: Connection,
) -> None:
    form = filled(saved_connection, interval="5", start="no day", start_time="late")
    assert form.is_valid(), form.errors
    assert form.spec.interval_hours is None


def test_a_second_recurring_export_of_all_user_properties_is_refused(
    saved_connection: Connection, recurring: Export
) -> None:
    form = filled(saved_connection, type="all_user_properties", **recurring_answers())
    assert not form.is_valid()
    assert form.blocker == recurring
