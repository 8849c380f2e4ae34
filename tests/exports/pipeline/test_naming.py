from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from exports.pipeline.naming import EventFiles, ProfileFiles, RunNames, clean, event_slugs

DAY = datetime.date(2026, 11, 21)


def names_for(*event_names: str) -> EventFiles:
    run = RunNames(1_795_300_000, 1_795_300_060, 0)
    return EventFiles(run, DAY, "json", event_slugs(event_names))


def test_it_puts_the_parts_in_the_documented_order() -> None:
    names = names_for("Product Viewed")
    assert (
        names.name("Product Viewed", 3) == "1795300000-1795300060-Product-Viewed-20261121-3-0.json"
    )


def test_it_replaces_whitespace_slash_and_nul_by_hyphens_and_controls_by_question_marks() -> None:
    assert clean("a b\tc/d\0e\u3000f\x07g\x7fh") == "a-b-c-d-e-f?g?h"


def test_it_leaves_other_scripts_and_emoji_alone() -> None:
    assert clean("कार्ट 😀 Ünï") == "कार्ट-😀-Ünï"


def test_names_that_meet_get_different_files_and_the_unchanged_one_keeps_its_name() -> None:
    slugs = event_slugs(["a b", "a/b", "a-b"])
    assert slugs["a-b"] == "a-b"
    assert len(set(slugs.values())) == 3
    assert all(slug.startswith("a-b") for slug in slugs.values())


def test_a_name_made_to_look_like_the_mark_of_another_gets_a_mark_of_its_own() -> None:
    taken = event_slugs(["a b", "a-b"])["a b"]
    slugs = event_slugs(["a b", "a-b", taken])
    assert len(set(slugs.values())) == 3
    assert slugs["a b"] == taken


def test_long_names_are_cut_between_characters_and_stay_different() -> None:
    slugs = event_slugs(["é" * 900 + "1", "é" * 900 + "2"])
    names = EventFiles(RunNames(1_795_300_000, 1_795_300_060, 0), DAY, "json", slugs)
    files = {names.name(name, 12) for name in slugs}
    assert len(files) == 2
    assert all(len(file.encode()) <= 1024 for file in files)


@given(st.sets(st.text(min_size=1), max_size=8))
def test_any_names_give_different_files_within_the_limit(event_names: set[str]) -> None:
    slugs = event_slugs(event_names)
    assert len(set(slugs.values())) == len(event_names)
    assert slugs == event_slugs(sorted(event_names, reverse=True))
    for slug in slugs.values():
        assert len(f"1795300000-1795300060-{slug}-20261121-0-0.json".encode()) <= 1024
        assert not any(character in slug for character in "/\n\r\0")


def test_files_of_profiles_start_with_the_account_and_end_with_the_format() -> None:
    run = RunNames(1_795_300_000, 1_795_300_060, 3, account_id=100_000_000)
    files = ProfileFiles(run, part=0, ending="json.gz")
    assert files.name("", 0) == "100000000-1795300000-1795300060-3-json.gz"
    assert files.name("", 1) == "100000000-1795300000-1795300060-3-1-json.gz"
    assert files.name("", 0).startswith(run.prefix)
    assert run.manifest == "1795300000-1795300060-manifest.json"


def test_parts_of_profiles_have_names_of_their_own() -> None:
    run = RunNames(1_795_300_000, 1_795_300_060, 0, account_id=100_000_000)
    names = {
        ProfileFiles(run, part, "csv.gz").name("", index) for part in range(9) for index in range(9)
    }
    assert len(names) == 81
