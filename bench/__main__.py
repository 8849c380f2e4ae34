"""`python -m bench`: measures exports beside other tools and prints the tables of the docs."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench import measures, measures_imports, web
from bench.data import Lake, make_lake
from bench.measures import Findings
from bench.report import put_into, tables, write_figures
from bench.runner import ROOT, Failed, Runner, say

WARM_UP_EVENTS = 2_000
SLOW = ("scale", "imports_scale")

Measure = Callable[[Runner, Findings], None]


def main() -> None:
    options = parse()
    started = time.monotonic()
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    runner = Runner(folder, make_lake(folder, Lake(WARM_UP_EVENTS)), options.rounds)
    found = Findings(figures={"events": options.events, "rounds": options.rounds})
    wanted = {
        name: measure
        for name, measure in measures_of(options.events).items()
        if (not options.only or name in options.only) and not (options.fast and name in SLOW)
    }
    failed = [name for name, measure in wanted.items() if not done(name, measure, runner, found)]
    show(found, in_docs=options.docs)
    say(f"\nWritten to var/bench.json after {(time.monotonic() - started) / 60:.0f} minutes.")
    sys.exit(f"Failed: {', '.join(failed)}" if failed else 0)


def measures_of(events: int) -> dict[str, Measure]:
    peers: dict[str, Measure] = {
        key: partial(measures.against_peers, key, events) for key in measures.formats()
    }
    return {
        **peers,
        "names": partial(measures.many_names, events),
        "upload": partial(measures.upload, events),
        "workers": partial(measures.workers, 2 * events),
        "scale": measures.scale,
        "imports": partial(measures_imports.imports, events),
        "imports_year": partial(measures_imports.imports_of_a_year, events),
        "imports_scale": measures_imports.imports_scale,
        "web": web.web,
        "web_postgres": web.web_postgres,
    }


def done(name: str, measure: Measure, runner: Runner, found: Findings) -> bool:
    """One that fails says why and leaves the others to go on."""
    try:
        measure(runner, found)
    except Failed as error:
        say(f"  {name} failed: {error}")
        return False
    return True


def show(found: Findings, *, in_docs: bool) -> None:
    text = f"{circumstances(found)}\n\n{tables(found)}"
    say(f"\n{text}")
    write_figures(found, ROOT / "var" / "bench.json")
    if in_docs:
        put_into(ROOT / "docs" / "performance.md", text)


def circumstances(found: Findings) -> str:
    """What the figures hold for."""
    facts = Path("/proc/cpuinfo").read_text().partition("model name")[2].splitlines()
    processor = facts[0].strip("\t :") if facts else "unknown processor"
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "dlt", "lxml"))
    events, rounds = found.figures["events"], found.figures["rounds"]
    return (
        f"{events:,.0f} events, {rounds:.0f} rounds, {datetime.date.today():%-d %B %Y}, "
        f"{os.cpu_count()} cores of {processor}; {packages}."
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="events of each lake")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender runs")
    parser.add_argument("--fast", action="store_true", help="without the 10 million events")
    parser.add_argument("--docs", action="store_true", help="put tables into docs/performance.md")
    parser.add_argument(
        "--only",
        nargs="*",
        help="some of: json xml csv parquet names upload workers scale "
        "imports imports_year imports_scale web web_postgres",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
