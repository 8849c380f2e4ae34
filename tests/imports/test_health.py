from __future__ import annotations

import pytest

from imports.health import NOTHING_NEW, NOTHING_PROCESSED, health


@pytest.mark.parametrize(
    ("imported", "failed", "tone", "percent", "words"),
    [
        (1, 0, "success", "100 %", "every row imported"),
        (1_000_000, 0, "success", "100 %", "every row imported"),
        (99_996, 4, "warning", "99.99 %", "some rows failed"),
        (999_999_999, 1, "warning", "99.99 %", "some rows failed"),
        (995, 5, "warning", "99.5 %", "some rows failed"),
        (9_909, 91, "warning", "99.09 %", "some rows failed"),
        (1, 1, "warning", "50 %", "some rows failed"),
        (49_999, 50_001, "danger", "49.99 %", "most rows failed"),
        (499_999, 500_001, "danger", "49.99 %", "most rows failed"),
        (1, 999_999, "danger", "0.01 %", "most rows failed"),
        (0, 5, "danger", "0 %", "every row failed"),
    ],
)
def test_it_is_a_colour_a_number_and_words(
    imported: int, failed: int, tone: str, percent: str, words: str
) -> None:
    found = health(imported=imported, failed=failed)
    assert (found.tone, found.percent, found.words) == (tone, percent, words)


def test_a_run_without_rows_is_neither_good_nor_bad() -> None:
    assert health(imported=0, failed=0) == NOTHING_PROCESSED
    assert NOTHING_PROCESSED.tone == "neutral"
    assert NOTHING_PROCESSED.words


def test_a_run_of_rows_that_were_all_known_had_nothing_new() -> None:
    assert health(imported=0, failed=0, read=5) == NOTHING_NEW
    assert NOTHING_NEW.tone == "neutral"
    assert health(imported=0, failed=5, read=10).tone == "danger"
