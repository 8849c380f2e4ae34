from __future__ import annotations

from clevertap_partners.run.done import Done, fingerprint


def test_a_step_stays_done_at_the_next_start(tmp_path):
    Done(tmp_path / "done.json").add("database", "one")

    assert Done(tmp_path / "done.json").has("database", "one")


def test_a_step_is_to_be_done_again_when_what_it_was_made_from_changes(tmp_path):
    done = Done(tmp_path / "done.json")
    source = tmp_path / "0001_initial.py"
    source.write_text("first")
    done.add("database", fingerprint([source]))

    source.write_text("second")

    assert not done.has("database", fingerprint([source]))


def test_a_damaged_memory_means_that_nothing_is_done(tmp_path):
    (tmp_path / "done.json").write_text("[")

    assert not Done(tmp_path / "done.json").has("database", "one")


def test_what_was_chosen_at_the_first_start_stays(tmp_path):
    Done(tmp_path / "done.json").remembered("until", "2026-01-01")

    assert Done(tmp_path / "done.json").remembered("until", "2026-01-02") == "2026-01-01"
