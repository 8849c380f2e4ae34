"""What names and messages hold never becomes a header, a tag or a line of its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings

from clevertap_partners.mail.rendering import SUBJECT_MAX, absolute_url, letter, one_line

TEMPLATES = ["export_failed", "export_still_failing", "export_stopped", "export_recovered"]
HOSTILE = '<script>alert("x")</script>'


def words(**changes: Any) -> dict[str, Any]:
    return {
        "request_id": 1_700_000_000,
        "bucket": "Warehouse",
        "partner": "Google Cloud",
        "message": "The bucket is gone.",
        "fix": "Make it again:",
        "command": "gcloud storage buckets create gs://exports",
        "help_url": "https://cloud.google.com/storage/docs",
        "since": "Monday 2 March, 09:00 (UTC)",
        "next_mail": "Tuesday 3 March, 09:00 (UTC)",
        "stop_at": "Wednesday 4 March, 09:00 (UTC)",
        "kept": "everything is there.",
        "again": "It sends everybody.",
        "url": "https://partners.example/mend",
        "url_label": "Mend it",
        "detail_url": "https://partners.example/detail",
        "facts": [("Bucket", "Warehouse (exports)")],
        "why": "you created this export",
        "account_name": "Shop",
        "account_id": 100_000_000,
        **changes,
    }


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_names_hold_is_escaped_in_html_and_plain_in_text(template: str) -> None:
    hostile = dict.fromkeys(("bucket", "message", "fix", "command", "account_name"), HOSTILE)
    written = letter(template, words(**hostile, facts=[("Bucket", HOSTILE)]))
    assert "<script" not in written.html
    assert "&lt;script&gt;" in written.html
    assert HOSTILE in written.text
    assert "&lt;" not in written.text + written.subject


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_subject_is_one_bounded_line(template: str) -> None:
    written = letter(template, words(bucket=f"a\r\nBcc: all@example.com\x00\x1b{'b' * 400}"))
    assert written.subject.isprintable()
    assert len(written.subject) == SUBJECT_MAX


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_letter_loads_nothing_from_elsewhere_and_has_no_gaps(template: str) -> None:
    written = letter(template, words())
    for remote in ("<img", "<link", "<script", "url(", "src="):
        assert remote not in written.html
    assert "\n\n\n" not in written.text
    assert "{" not in written.text


@pytest.mark.parametrize("template", TEMPLATES[:3])
def test_the_command_has_a_line_of_its_own(template: str) -> None:
    written = letter(template, words())
    assert "\n    gcloud storage buckets create gs://exports\n" in written.text
    assert ">gcloud storage buckets create gs://exports</pre>" in written.html


@pytest.mark.parametrize("template", TEMPLATES)
def test_parts_that_are_missing_leave_no_trace(template: str) -> None:
    written = letter(template, words(fix="", command="", help_url=""))
    for trace in ("What to do", "<pre", "says about it"):
        assert trace not in written.html + written.text


def test_a_text_is_readable_and_complete_by_itself() -> None:
    text = letter("export_failed", words()).text
    for each in ("The bucket is gone.", "Make it again:", "https://partners.example/mend"):
        assert each in text
    assert "Nothing is lost: everything is there." in text
    assert "we write again after Tuesday 3 March, 09:00 (UTC)" in text


@pytest.mark.parametrize(
    ("name", "line"),
    [("a\r\nb", "a b"), (" a\tb ", "a b"), ("a\u2028b", "a b"), ("👩‍🚀 कार्ट", "👩‍🚀 कार्ट")],
)
def test_a_name_becomes_one_line_and_keeps_its_script(name: str, line: str) -> None:
    assert one_line(name) == line


@pytest.mark.parametrize("base", ["https://partners.example", "https://partners.example/"])
def test_links_lead_to_the_public_address(base: str, settings: LazySettings) -> None:
    settings.PARTNERS_BASE_URL = base
    assert absolute_url("/1/") == "https://partners.example/1/"
