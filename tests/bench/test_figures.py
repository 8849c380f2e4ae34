"""How the benchmark comes from seconds to figures and to the docs page."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.checks import check
from bench.measures import Findings, _add_speeds, ratio
from bench.report import Aim, put_into, tables
from bench.runner import Failed, Outcome


def outcome(seconds: float, rows: int = 10, record: str = "same") -> Outcome:
    return {
        "seconds": seconds,
        "processor_s": seconds,
        "peak_rss_mb": 200.0,
        "rows": rows,
        "first": record,
        "last": record,
    }


def test_a_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    assert ratio([4.0, 40.0, 9.0], [2.0, 10.0, 3.0]) == 3.0


def test_a_slow_contender_is_compared_in_the_rounds_it_had() -> None:
    assert ratio([40.0], [2.0, 100.0, 100.0]) == 20.0


def test_a_peer_counts_by_its_fastest_way() -> None:
    found = Findings()
    by_way = {"partners": [outcome(1)], "duckdb": [outcome(4)], "duckdb_native": [outcome(3)]}
    _add_speeds("json", by_way, 1_000, found)
    assert found.figures["export_json_vs_duckdb"] == 3.0
    assert found.figures["export_json_vs_way_duckdb"] == 4.0


def test_a_contender_that_wrote_too_few_rows_fails_the_check() -> None:
    by_way = {"partners": [outcome(1)], "duckdb": [outcome(2, rows=9)]}
    with pytest.raises(Failed, match="duckdb, rows: 9, not 10"):
        check("json", outcome(1), by_way, 10)


def test_the_fastest_peer_has_to_have_written_our_records() -> None:
    by_way = {"partners": [outcome(1)], "duckdb": [outcome(2, record="other")]}
    with pytest.raises(Failed, match="duckdb, first record"):
        check("json", outcome(1), by_way, 10)


def test_an_aim_says_whether_it_is_met() -> None:
    between = Aim("figure", "label", least=0.85, most=1.15)
    assert between.is_met(1.15)
    assert not between.is_met(1.2)
    assert "| ≥ 1.2 | 1.10 | **missed** |" in tables(Findings({"export_json_vs_duckdb": 1.1}))


def test_new_figures_replace_the_old_ones_in_the_docs(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before\n<!-- figures -->\nold\n<!-- end of figures -->\nAfter\n")
    put_into(page, "new")
    put_into(page, "newer")
    expected = "Before\n<!-- figures -->\n\nnewer\n\n<!-- end of figures -->\nAfter\n"
    assert page.read_text() == expected
