"""Measures of imports: against reading alone, a per-row importer and dlt; memory at ten million."""

from __future__ import annotations

import statistics
from dataclasses import replace

from bench.contenders import PARTNERS, WAYS
from bench.measures import Findings, Speed, ratio
from bench.orders import YEAR, good_rows, orders
from bench.runner import Failed, Outcome, Run, Runner, peak, processor_s, say, seconds

IMPORT = "import"
WARM_UP_ROWS = 2_000
MANY, AT_ONCE = 10_000_000, 1_000_000


def imports(rows: int, runner: Runner, found: Findings) -> None:
    say(f"{IMPORT}: Partners and peers, {rows:,} orders in the sandbox's BigQuery")
    with orders(runner.folder, WARM_UP_ROWS) as small, orders(runner.folder, rows) as source:
        runs = {way: Run(IMPORT, source, way) for way in (PARTNERS, *WAYS[IMPORT])}
        outcomes = replace(runner, small_lake=small).in_turn(runs.values())
    by_way = _checked({way: outcomes[run] for way, run in runs.items() if run in outcomes}, rows)
    ours = seconds(by_way[PARTNERS])
    found.figures["import_thousand_rows_per_s"] = rows / statistics.median(ours) / 1000
    found.figures["import_peak_rss_mb"] = peak(by_way[PARTNERS])
    for way, of_way in by_way.items():
        found.speeds.append(_speed(way, of_way, rows, ours))
        if way != PARTNERS:
            figure = f"import_vs_{WAYS[IMPORT][way].peer}"
            times = ratio(seconds(of_way), ours)
            found.figures[figure] = min(times, found.figures.get(figure, times))


def imports_of_a_year(rows: int, runner: Runner, found: Findings) -> None:
    """As many orders, from every day of a year: twelve times as many files, so smaller ones."""
    say(f"{IMPORT}: {rows:,} orders of a year")
    small = orders(runner.folder, WARM_UP_ROWS)
    with small as warm_up, orders(runner.folder, rows, days=YEAR) as source:
        runs = {way: Run(IMPORT, source, way) for way in (PARTNERS, "read")}
        outcomes = replace(runner, small_lake=warm_up).in_turn(runs.values())
    by_way = _checked({way: outcomes[run] for way, run in runs.items() if run in outcomes}, rows)
    ours = seconds(by_way[PARTNERS])
    found.figures["import_year_thousand_rows_per_s"] = rows / statistics.median(ours) / 1000
    if "read" in by_way:
        found.figures["import_year_vs_read"] = ratio(seconds(by_way["read"]), ours)
    line = _speed(PARTNERS, by_way[PARTNERS], rows, ours)
    found.speeds.append(replace(line, label="**Partners**, orders of a year"))


def imports_scale(runner: Runner, found: Findings) -> None:
    say(f"{IMPORT}: {MANY:,} orders")
    many = orders(runner.folder, AT_ONCE, times=MANY // AT_ONCE)
    with orders(runner.folder, WARM_UP_ROWS) as small, many as source:
        outcome = replace(runner, small_lake=small).alone(Run(IMPORT, source))
    found.figures["import_10m_peak_rss_mb"] = peak([outcome])


def _checked(by_way: dict[str, list[Outcome]], rows: int) -> dict[str, list[Outcome]]:
    """Ours and the per-row way tell good rows from bad ones; dlt takes all. Raises Failed."""
    if PARTNERS not in by_way:
        raise Failed("our own import did not finish")
    expected = {PARTNERS: good_rows(rows), "per_row": good_rows(rows)}
    for way, outcomes in by_way.items():
        for outcome in outcomes:
            if way != "read" and outcome["rows"] != expected.get(way, rows):
                raise Failed(
                    f"{IMPORT} {way}: {outcome['rows']} rows, not {expected.get(way, rows)}"
                )
    return by_way


def _speed(way: str, outcomes: list[Outcome], rows: int, ours: list[float]) -> Speed:
    return Speed(
        IMPORT,
        "**Partners**" if way == PARTNERS else WAYS[IMPORT][way].label,
        rows / statistics.median(seconds(outcomes)) / 1000,
        ratio(seconds(outcomes), ours),
        min(processor_s(outcomes)) / rows * 1_000_000,
        peak(outcomes),
    )
