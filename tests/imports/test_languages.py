"""Imports in another language: what is shown is translated, what is kept or taken away is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import translation

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.core.translated import translated
from imports import health, row_faults, stats
from imports.failed_rows import FailedRows, Wanted
from imports.failed_tab import retry_of
from imports.forms_schedule import ScheduleForm
from imports.models import ImportRun
from imports.planning import refuse_broken_mapping
from imports.reasons import reasons_of, sentence_for
from imports.rules import mapping_problems
from imports.said import settings_said
from imports.schedule_words import in_words
from imports.services import import_pause
from imports.showing import NextRun, format_words, next_run
from imports.spec import mapping_of
from integrations.warehouse import Column
from tests import pseudo
from tests.imports.factories import keep_failed, make_connection, make_import, make_run
from tests.imports.test_failed_rows import not_numbers, people

pytestmark = pytest.mark.django_db

COLUMNS = (
    Column("customer", "STRING"),
    Column("amount", "FLOAT64"),
    Column("born", "STRING"),
    Column("updated_at", "TIMESTAMP"),
    Column("ordered_at", "TIMESTAMP"),
)


@pytest.fixture(autouse=True)
def _own_lake(tmp_path: Path, settings: LazySettings) -> None:
    settings.LAKE_URL = str(tmp_path / "lake")


@pytest.fixture(autouse=True)
def _another_language(tmp_path: Path, settings: LazySettings) -> Iterator[None]:
    pseudo.offer(settings, tmp_path / "locale")
    with translation.override(pseudo.LANGUAGE):
        yield


@pytest.fixture
def run(account: Account) -> ImportRun:
    made = make_run(make_import(make_connection(account)))
    keep_failed(made, people(0, 2), not_numbers(0, 2))
    return made


def english_in(text: str, *data: str) -> list[str]:
    for known in data:
        text = text.replace(known, " ")
    return re.findall(r"[A-Za-z]{2,}", text)


CUSTOM = {"days_of": "week", "entries": [{"day": 0, "time": "09:00"}, {"day": 4, "time": "09:00"}]}
MONTHLY = {
    "days_of": "month",
    "entries": [{"day": day, "time": "06:30"} for day in (1, 2, 3, 11, 30, "last")],
}


@pytest.mark.parametrize(
    ("frequency", "schedule"),
    [
        *(("interval", {"every": 1, "unit": unit}) for unit in ("hours", "days", "weeks")),
        *(("interval", {"every": 30, "unit": unit}) for unit in ("minutes", "days", "weeks")),
        ("custom", CUSTOM),
        ("custom", MONTHLY),
        ("manual", {"when": "at", "at": "2026-11-05T08:00"}),
        ("manual", {"when": "later"}),
    ],
)
def test_a_schedule_is_told_in_the_language_of_the_reader(
    frequency: str, schedule: dict[str, Any]
) -> None:
    said = in_words(frequency, schedule)
    assert said
    assert not english_in(said)


def test_a_failed_row_is_explained_in_the_language_of_the_reader(run: ImportRun) -> None:
    row = FailedRows(run, sentence_for(run, say=translation.gettext)).page(
        Wanted(), number=1, per_page=5
    )
    said = row.rows[0].failures[0].sentence
    assert "“0x”" in said
    assert not english_in(said, "“0x”", "“amount”")
    run.failures = {row_faults.NOT_A_NUMBER: {"amount": 2}, "of_another_time": {"amount": 1}}
    for reason in reasons_of(run):
        assert not english_in(reason.sentence, "“amount”", reason.code)


@pytest.mark.parametrize("code", row_faults.CODES)
def test_every_reason_is_translated(code: str) -> None:
    said = row_faults.sentence(code, "", "c", format="", say=translation.gettext)
    assert english_in(said) == []


def test_the_files_of_failed_rows_are_the_same_in_every_language(run: ImportRun) -> None:
    found = FailedRows(run, sentence_for(run))
    for file in ("".join(found.csv(Wanted())), "".join(found.ndjson(Wanted()))):
        assert "Failure Description" in file
        assert "is not a number. Correct it, or choose the type String." in file


def test_the_headings_of_a_file_of_numbers_are_english(run: ImportRun) -> None:
    for way in stats.WAYS:
        header = stats.table_of(run.parent, by=way, zone=run.parent.account.zone).header
        assert "Failed syncs" in header
        assert all(english_in(str(name)) for name in header)


def test_what_is_kept_of_a_change_is_english(run: ImportRun, member: User) -> None:
    said = settings_said(run.parent)
    assert said["Imported as"] == "Event Data"
    assert said["Schedule"] == "Every 2 hours"
    import_pause(item=run.parent, actor=member)
    entry = AuditEntry.objects.latest("pk")
    assert entry.action == "import paused"
    assert entry.changes == {"Status": ["Scheduled", "Paused"]}
    assert not english_in(translated(entry.action))


def test_what_is_wrong_with_a_mapping_is_kept_in_english_and_shown_translated(
    run: ImportRun,
) -> None:
    mapping = mapping_of(run)
    columns = [Column(each.name, "BOOL") for each in COLUMNS]
    problems = mapping_problems(mapping, columns)
    assert {each.code for each in problems} >= {"identity_type", "type_impossible", "cursor_type"}
    for each in problems:
        assert english_in(each.message)
        shown = translated(each.message)
        assert not english_in(shown, "BOOL", "DATETIME", "TIMESTAMP", "DATE", *_names(columns))


def test_a_note_of_a_run_is_shown_translated(run: ImportRun) -> None:
    run.columns = [{"name": each.name, "type": each.type} for each in COLUMNS]
    notes = refuse_broken_mapping(run, [*COLUMNS, Column("coupon", "STRING")])
    assert notes == ["The source has a new column, “coupon”. It is not mapped."]
    assert not english_in(translated(notes[0]), "“coupon”")


@pytest.mark.parametrize(
    "say",
    [
        lambda: health.health(imported=1, failed=1).words,
        lambda: health.health(imported=0, failed=0, read=1).words,
        lambda: health.health(imported=0, failed=0).words,
    ],
)
def test_health_is_shown_translated(say: Callable[[], str]) -> None:
    assert not english_in(translated(say()))


def test_the_next_run_is_told_in_the_language_of_the_reader(run: ImportRun) -> None:
    item = run.parent
    item.status = item.Status.PAUSED
    told = next_run(item, item.account.zone, None)
    assert isinstance(told, NextRun)
    assert not english_in(f"{told.words} {told.at}")
    assert not english_in(format_words("native"))
    assert not english_in(retry_of(run, is_there=False).why_not)


def test_a_date_is_sent_as_machines_write_it(run: ImportRun) -> None:
    item = run.parent
    item.frequency, item.schedule = "manual", {"when": "at", "at": "2026-12-05T08:00"}
    form = ScheduleForm(item=item)
    assert 'value="2026-12-05"' in str(form["date"])
    assert 'value="08:00"' in str(form["time"])
    assert re.search(r'max="\d{4}-\d\d-\d\d"', str(form["date"]))


def _names(columns: list[Column]) -> list[str]:
    return [f"“{each.name}”" for each in columns]
