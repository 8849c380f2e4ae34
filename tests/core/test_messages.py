"""What is collected for translators, and what the check of it finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from clevertap_partners import messages


@pytest.fixture(scope="module")
def found() -> Catalog:
    return messages.collected()


@pytest.mark.parametrize(
    "text",
    [
        "Your account",  # of a template
        "Your password is changed. Everywhere else you have to sign in again.",  # of a source
        "There is no bucket named {bucket}.",  # of a table of faults
    ],
)
def test_texts_of_templates_sources_and_tables_are_collected(text: str, found: Catalog) -> None:
    assert text in found


def test_of_a_fix_the_words_are_collected_and_the_command_is_not(found: Catalog) -> None:
    fix = "Enter the name exactly as the list of buckets shows it, or make the bucket:"
    assert fix in found
    assert not any("gcloud storage buckets create" in str(message.id) for message in found)


def catalogue(**said: str) -> Catalog:
    known = Catalog(locale="hi", fuzzy=False)
    for english, text in said.items():
        known.add(english, text)
    return known


def wrong(english: str, said: str) -> list[str]:
    known = Catalog(locale="hi", fuzzy=False)
    known.add(english, said)
    return list(messages.what_is_wrong(known))


def test_a_whole_translation_is_right() -> None:
    assert wrong("{count} rows of %(all)s", "%(all)s में से {count}") == []


def test_a_text_without_translation_is_named() -> None:
    assert wrong("Try again.", "") == ["not translated: Try again."]


@pytest.mark.parametrize("said", ["{rows} पंक्तियाँ", "पंक्तियाँ", "{count} {more}"])
def test_places_that_are_lost_or_made_up_are_named(said: str) -> None:
    assert wrong("{count} rows", said) == ["other places for facts: {count} rows"]


def test_a_text_that_went_is_dropped_and_what_is_translated_stays(tmp_path: Path) -> None:
    po = tmp_path / "hi" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    before = catalogue(Stays="रहता है", Goes="जाता है")
    po.write_bytes(messages.as_po(before))
    found = Catalog()
    found.add("Stays", locations=[("a.py", 0)])
    found.add("Comes", locations=[("a.py", 0)])
    after = messages.merged(po, found)
    assert {m.id: m.string for m in after if m.id} == {"Comes": None, "Stays": "रहता है"}
