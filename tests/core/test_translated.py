"""Texts that are kept in English are read in the reader's language."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import LazySettings
from django.utils import translation

from clevertap_partners import messages
from clevertap_partners.core.translated import LONGEST, _shapes, translated
from clevertap_partners.error_docs import TABLES, table_of

# Of one text that was made to be slow; usually a thousandth of it.
SLOWEST_S = 0.1
# In a language that the product does not speak, so that nothing hangs on its own translations.
LANGUAGE = "eo"
SAID = {
    "There is no bucket named {bucket}.": "Ne estas sitelo {bucket}.",
    "There is no {thing} named {bucket}.": "Ne estas {thing} {bucket}.",
    "{counted} rows were counted, {read} read.": "{read} legitaj el {counted} vicoj.",
    "The bucket does not hold what was written: {difference}.": "Mankas: {difference}.",
    "{count} files are missing": "mankas {count} dosieroj",
    "{name}: {what}": "{what} de {name}",
    "Try again.": "Reprovu.",
    "Done": "Farita",
    "50% done and {count} rows to go": "50% farita kaj {count} vicoj restas",
    "Say {word}, then {word} again.": "Diru {word} kaj refoje {word}.",
    "Use } or { as you like.": "Uzu } aŭ {.",
}


@pytest.fixture(autouse=True)
def esperanto(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    catalogue = Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    for english, said in SAID.items():
        catalogue.add(english, said)
    place = tmp_path / LANGUAGE / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.mo").write_bytes(messages.as_mo(catalogue))
    settings.LANGUAGES = [("en", "English"), (LANGUAGE, "Esperanto")]
    settings.LOCALE_PATHS = [tmp_path]
    with translation.override(LANGUAGE):
        yield


def test_a_whole_text_is_looked_up() -> None:
    assert translated("Try again.") == "Reprovu."


def test_facts_are_read_out_and_put_where_the_other_language_wants_them() -> None:
    assert translated("12 rows were counted, 11 read.") == "11 legitaj el 12 vicoj."


def test_the_message_that_says_most_by_itself_is_taken() -> None:
    assert translated("There is no bucket named shop.") == "Ne estas sitelo shop."


def test_a_fact_that_is_a_sentence_of_ours_is_translated_too() -> None:
    text = "The bucket does not hold what was written: 3 files are missing."
    assert translated(text) == "Mankas: mankas 3 dosieroj."


def test_a_fact_that_is_somebodys_name_for_something_stays() -> None:
    assert translated("There is no bucket named Done.") == "Ne estas sitelo Done."


def test_a_name_of_several_words_that_we_use_too_stays() -> None:
    assert translated("There is no bucket named Try again..") == "Ne estas sitelo Try again.."


def test_a_sentence_in_a_sentence_in_a_sentence_is_left_at_some_depth() -> None:
    text = "The bucket does not hold what was written: "
    said = translated(text * 40 + "5 files are missing" + "." * 40)
    assert said == f"Mankas: Mankas: Mankas: {text * 37}5 files are missing{'.' * 40}"


@pytest.mark.parametrize("length", [300, LONGEST])
def test_a_text_made_to_be_slow_is_not(length: int, settings: LazySettings) -> None:
    """Of each message with places, its texts over and over, but for the end."""
    settings.LOCALE_PATHS = [messages.LOCALE]
    settings.LANGUAGES = [("en", "English"), ("hi", "हिन्दी")]
    with translation.override("hi"):
        hostile = {
            (first + (between * length))[: length - 1] + "\0"
            for shape in _shapes("hi")
            for first, between in [(shape.texts[0], "".join(shape.texts[1:]) or "x")]
        }
        started = time.process_time()
        for text in hostile:
            translated(text)
        assert time.process_time() - started < len(hostile) * SLOWEST_S


def test_a_place_that_comes_twice_holds_the_same_twice() -> None:
    assert translated("Say yes, then yes again.") == "Diru yes kaj refoje yes."
    assert translated("Say yes, then no again.") == "Say yes, then no again."


def test_each_line_is_translated_by_itself() -> None:
    text = "There is no bucket named shop.\ngcloud storage buckets create gs://shop\nTry again."
    lines = translated(text).split("\n")
    assert lines == ["Ne estas sitelo shop.", "gcloud storage buckets create gs://shop", "Reprovu."]


@pytest.mark.parametrize(
    "text", ["", "Somebody else's words.", "Ne estas sitelo shop.", "a: b", "x" * 5000]
)
def test_what_no_message_fits_stays_as_it_is(text: str) -> None:
    assert translated(text) == text


def test_in_english_nothing_is_looked_up() -> None:
    with translation.override("en"):
        assert translated("There is no bucket named shop.") == "There is no bucket named shop."


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in TABLES for name in table_of(module)]
)
def test_the_words_of_every_fault_are_found_again(
    module: str, name: str, settings: LazySettings
) -> None:
    """In Hindi, with facts in their places: no word of the English is left."""
    settings.LOCALE_PATHS = [messages.LOCALE]
    settings.LANGUAGES = [("en", "English"), ("hi", "हिन्दी")]
    fault = table_of(module)[name]
    facts = {place: f"my {place}, of x" for place in fault.places}
    with translation.override("hi"):
        for words in (fault.happened, fault.fix.partition("\n")[0]):
            expected = translation.gettext(words).format_map(facts) if words else ""
            assert translated(words.format_map(facts)) == expected
