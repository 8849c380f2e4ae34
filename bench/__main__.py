"""`python -m bench [--events N] [--rounds N]`: runs the contenders in turn and prints the table."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from bench.contenders import CONTENDERS
from bench.data import make_lake, native_copy

VAR = Path(__file__).resolve().parent.parent / "var"
LABELS = {
    "partners": "Partners",
    "duckdb_json": "DuckDB COPY (FORMAT json), from the same JSON text columns",
    "duckdb_native": "DuckDB COPY (FORMAT json), from native struct and map columns",
    "per_row": "per row: Python, orjson",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folder = VAR / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Preparing {options.events:,} events …", flush=True)
    lake = make_lake(folder, options.events)
    native_copy(lake, folder)
    seconds, peaks = run_rounds(lake, folder, options.rounds)
    report(options.events, seconds, peaks)


def run_rounds(
    lake: Path, folder: Path, rounds: int
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Seconds of each round and the largest memory, per contender; one after the other in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    peaks = dict.fromkeys(CONTENDERS, 0.0)
    for number in range(1, rounds + 1):
        for name in CONTENDERS:
            outcome = run_alone(name, lake, folder)
            seconds[name].append(outcome["seconds"])
            peaks[name] = max(peaks[name], outcome["peak_rss_mb"])
            print(f"round {number}: {name} {outcome['seconds']:.2f} s", flush=True)
    return seconds, peaks


def run_alone(name: str, lake: Path, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.contenders", name, str(lake), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr}")
    outcome: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def report(events: int, seconds: dict[str, list[float]], peaks: dict[str, float]) -> None:
    """Print the table and write var/bench.json. Ratios are medians of the rounds' own ratios."""
    ratios = {name: ratio(seconds["partners"], seconds[name]) for name in CONTENDERS}
    print(
        f"\nJSON export, {events:,} events, one core, median of {len(seconds['partners'])} rounds\n"
    )
    print("| way | thousand events/s | Partners is … times as fast | peak memory, MB |")
    print("|---|---|---|---|")
    for name, label in LABELS.items():
        speed = events / statistics.median(seconds[name]) / 1000
        print(f"| {label} | {speed:,.0f} | {ratios[name]:.2f} | {peaks[name]:,.0f} |")
    best_duckdb = min(ratios["duckdb_json"], ratios["duckdb_native"])
    numbers = {
        "events": events,
        "export_json_thousand_events_per_s": events / statistics.median(seconds["partners"]) / 1000,
        # Against whichever of DuckDB's two ways was the faster one.
        "export_json_vs_duckdb": best_duckdb,
        "export_json_vs_duckdb_json_columns": ratios["duckdb_json"],
        "export_json_vs_duckdb_native_columns": ratios["duckdb_native"],
        "export_json_vs_per_row": ratios["per_row"],
        "export_json_peak_rss_mb": peaks["partners"],
    }
    path = VAR / "bench.json"
    path.write_text(json.dumps(numbers, indent=2) + "\n")
    print(f"\nWritten to {path.relative_to(VAR.parent)}.")


def ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(their / our for our, their in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    main()
