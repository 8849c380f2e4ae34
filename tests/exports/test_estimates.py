from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.lake import profiles_uri
from clevertap_partners.eventstore.models import EventDay, EventType
from clevertap_partners.eventstore.profiles import ProfileChange, ProfileWriter
from clevertap_partners.eventstore.selectors import event_catalogue
from exports.estimates import (
    Estimate,
    estimate_events,
    estimate_later,
    estimate_profiles,
    export_estimate,
    later_estimate,
    why_nothing,
)
from exports.pipeline.encode.base import EncodeOptions
from exports.spec import ExportSpec

MB = 1_000_000
DAY = datetime.date(2026, 11, 20)
Catalogue = Callable[..., None]


def test_each_event_and_day_has_files_of_its_own() -> None:
    days = [(10, 1_000), (5, 250 * MB), (3, 100 * MB)]
    estimate = estimate_events(days, factor=1, max_bytes=100 * MB, manifest=True)
    assert estimate == Estimate(rows=18, files=1 + 3 + 1 + 1, bytes=350 * MB + 1_000)


def test_a_format_that_writes_more_makes_more_files() -> None:
    estimate = estimate_events([(1, 60 * MB)], factor=2, max_bytes=100 * MB, manifest=False)
    assert (estimate.files, estimate.bytes) == (2, 120 * MB)


def test_nothing_makes_no_file_and_no_manifest() -> None:
    assert estimate_events([], factor=1, max_bytes=1, manifest=True) == Estimate(0, 0, 0)
    assert estimate_profiles(0, manifest=True) == Estimate(0, 0, None)


def test_people_are_counted_and_share_files() -> None:
    assert estimate_profiles(500_001, manifest=False) == Estimate(500_001, 2, None)


@pytest.fixture
def catalogue(account: Account) -> Catalogue:
    """Give the account an event with so many rows and bytes on each of the days."""

    def put(name: str, *days: datetime.date, of: Account = account, size: int = 1_000) -> None:
        kind = EventType.objects.create(
            account=of, name=name, first_day=min(days), last_day=max(days)
        )
        for day in days:
            EventDay.objects.create(event_type=kind, day=day, rows=10, bytes=size)

    return put


def spec_of(**changes: Any) -> ExportSpec:
    fields = {
        "connection_id": 0,
        "type": "all_events",
        "frequency": "once",
        "range_kind": "date_range",
        "first_day": DAY,
        "last_day": DAY + datetime.timedelta(days=1),
        "format": "json",
    }
    return ExportSpec(**{**fields, **changes})


@pytest.mark.django_db
def test_it_counts_the_chosen_events_of_this_account_between_the_days(
    account: Account, other_account: Account, catalogue: Catalogue
) -> None:
    catalogue("A", DAY, DAY - datetime.timedelta(days=1))
    catalogue("B", DAY)
    catalogue("A", DAY, of=other_account)
    assert export_estimate(account=account, spec=spec_of()) == Estimate(20, 3, 2_000)
    selected = spec_of(type="select_events", event_names=("B",), manifest=False)
    assert export_estimate(account=account, spec=selected) == Estimate(10, 1, 1_000)


@pytest.mark.django_db
def test_gzip_and_the_format_change_the_bytes(account: Account, catalogue: Catalogue) -> None:
    catalogue("A", DAY)
    plain = {
        key: export_estimate(account=account, spec=spec_of(format=key)).bytes
        for key in ("json", "xml", "csv", "parquet")
    }
    assert plain["xml"] > plain["json"] > plain["csv"] > plain["parquet"]  # type: ignore[operator]
    zipped = spec_of(encode=EncodeOptions(compress=True))
    assert export_estimate(account=account, spec=zipped).bytes == 150


@pytest.mark.django_db
def test_an_empty_range_comes_with_where_the_events_are(
    account: Account, catalogue: Catalogue
) -> None:
    assert why_nothing(catalogue=[], spec=spec_of()) == "This account has no events yet."
    catalogue("A", datetime.date(2026, 1, 2), datetime.date(2026, 3, 4))
    catalogue("B", datetime.date(2026, 2, 1))
    known = event_catalogue(account=account)
    every = why_nothing(catalogue=known, spec=spec_of())
    assert every == "This account’s events reach from 2 Jan 2026 to 4 Mar 2026."
    one = why_nothing(catalogue=known, spec=spec_of(event_names=("B",)))
    assert one == "The selected events reach from 1 Feb 2026 to 1 Feb 2026."


@pytest.mark.django_db
def test_it_counts_the_people_of_the_lake(account: Account, settings: Any, tmp_path: Path) -> None:
    settings.LAKE_URL = str(tmp_path)
    spec = spec_of(type="all_user_properties", first_day=None, last_day=None, range_kind="")
    assert export_estimate(account=account, spec=spec) == Estimate(0, 0, None)
    assert why_nothing(catalogue=[], spec=spec) == "This account has no user profiles yet."
    people = [ProfileChange(f"u-{number}", None, {}, 1) for number in range(3)]
    ProfileWriter(profiles_uri(account.pk)).merge(people, app_id="test", batch=1)
    assert export_estimate(account=account, spec=spec) == Estimate(3, 2, None)


def test_a_later_run_has_its_share_of_the_last_days() -> None:
    days = [("A", 100, 10 * MB), ("A", 300, 30 * MB), ("rare", 1, 1_000)]
    estimate = estimate_later(days, runs=4, factor=1, max_bytes=100 * MB, manifest=True)
    # One file of A in each run, the rare one in every fourth, and a manifest.
    assert estimate == Estimate(rows=101, files=2 + 1, bytes=10 * MB + 250)


def test_a_later_run_of_many_bytes_has_several_files() -> None:
    days = [("A", 1_000, 1_000 * MB)]
    estimate = estimate_later(days, runs=4, factor=1, max_bytes=100 * MB, manifest=False)
    assert estimate == Estimate(rows=250, files=3, bytes=250 * MB)


@pytest.mark.django_db
def test_later_runs_go_by_the_last_days_that_there_are(
    account: Account, catalogue: Catalogue
) -> None:
    today = DAY + datetime.timedelta(days=3)
    spec = spec_of(frequency="recurring", last_day=None, interval_hours=12, range_kind="")
    assert later_estimate(account=account, spec=spec, today=today) is None
    catalogue("A", DAY, today)
    later = later_estimate(account=account, spec=spec, today=today)
    # Ten rows in three days, which would have been six runs; today is not over.
    assert later == Estimate(rows=2, files=1 + 1, bytes=167)
    assert later_estimate(account=account, spec=spec_of(), today=today) is None


@pytest.mark.django_db
def test_the_first_run_of_a_recurring_export_has_no_last_day(
    account: Account, catalogue: Catalogue
) -> None:
    catalogue("A", DAY - datetime.timedelta(days=1), DAY, DAY + datetime.timedelta(days=40))
    spec = spec_of(frequency="recurring", last_day=None, interval_hours=12, range_kind="")
    assert export_estimate(account=account, spec=spec).rows == 20
