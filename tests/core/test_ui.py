from __future__ import annotations

import datetime
import zoneinfo

import pytest
import time_machine
from django.contrib.auth.models import User

from clevertap_partners.core.templatetags import ui

NOW = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (100_000_000, "100.0 MB"),
        (2_500_000_000_000_000, "2500.0 TB"),
    ],
)
def test_a_size_is_in_decimal_units(count: int | None, text: str) -> None:
    assert ui.size(count) == text


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (0, "0"), (1234567, "1,234,567")])
def test_a_number_has_separators(value: int | None, text: str) -> None:
    assert ui.number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (59, "just now"),
        (300, "5 min ago"),
        (7200, "2 h ago"),
        (200_000, "2 d ago"),
    ],
)
def test_a_moment_is_told_in_its_largest_unit(seconds: int, text: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ui.ago(NOW - datetime.timedelta(seconds=seconds)) == text


def test_a_moment_that_never_was_is_a_dash() -> None:
    assert ui.ago(None) == "–"


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        ("pending", "neutral"),
        ("Running", "info"),
        ("DONE", "success"),
        ("stopped", "neutral"),
        ("attention", "warning"),
    ],
)
def test_a_status_has_its_tone(status: str, tone: str) -> None:
    assert ui.status_tone(status) == tone


@pytest.mark.parametrize(("level", "tone"), [("success", "success"), ("error", "danger")])
def test_a_message_has_its_tone(level: str, tone: str) -> None:
    assert ui.tone(level) == tone


@pytest.mark.parametrize(
    ("person", "text"),
    [
        (User(username="demo@example.com"), "d"),
        (User(username="ann.lee@example.com"), "al"),
        (User(username="x", first_name="Dana", last_name="Linden"), "DL"),
        (User(username="@"), "?"),
    ],
)
def test_a_person_has_initials(person: User, text: str) -> None:
    assert ui.initials(person) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes")]
)
def test_a_wait_is_rounded_up_to_minutes(seconds: int, text: str) -> None:
    assert ui.minutes(datetime.timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (ui.in_zone(NOW, "Asia/Kolkata"), "21 Nov 2026, 17:30"),
        (ui.to_the_second(NOW, "Asia/Kolkata"), "21 Nov 2026, 17:30:00"),
        (ui.at_clock(NOW, zoneinfo.ZoneInfo("Asia/Kolkata")), "Sat 21 Nov 2026, 17:30"),
    ],
)
def test_a_moment_is_in_account_time_with_its_utc_on_hover(html: str, text: str) -> None:
    attributes = 'datetime="2026-11-21T12:00:00+00:00" title="2026-11-21 12:00:00 UTC"'
    assert html == f"<time {attributes}>{text}</time>"


def test_how_long_ago_has_its_utc_on_hover() -> None:
    with time_machine.travel(NOW, tick=False):
        assert ">just now</time>" in ui.exact_ago(NOW)
        assert "2026-11-21 12:00:00 UTC" in ui.exact_ago(NOW)


@pytest.mark.parametrize(
    "shown",
    [ui.in_zone(None, "UTC"), ui.at_clock(None, zoneinfo.ZoneInfo("UTC")), ui.exact_ago(None)],
)
def test_what_never_was_has_no_time(shown: str) -> None:
    assert shown == "–"


def test_a_size_has_its_exact_bytes_on_hover() -> None:
    html = '<data value="1234567" title="1,234,567 bytes">1.2 MB</data>'
    assert ui.exact_size(1_234_567) == html


def test_a_fix_is_words_and_a_command() -> None:
    fix = "Give it the role:\ngcloud storage buckets add-iam-policy-binding"
    assert ui.fix_words(fix) == "Give it the role:"
    assert ui.fix_command(fix) == "gcloud storage buckets add-iam-policy-binding"
    assert ui.fix_command("Nothing to do.") == ""
