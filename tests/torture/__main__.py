"""`python -m tests.torture [--runs N] [--seed N] [--only exports|imports]`: the long form.

Of N runs half are of exports and half of imports, and of these half on each database. Prints the
counts, writes them to var/torture.json and ends with 1 if anything was lost, doubled or otherwise
wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clevertap_partners.sandbox import processes
from tests.postgres import running_server
from tests.processes import ROOT

OUTCOME = ROOT / "var" / "torture.json"
WHATS = ("exports", "imports")
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True)
class Half:
    """Runs `first` and following, on one database: Django knows but one in its life."""

    what: str
    database: str
    seed: int
    first: int
    runs: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--runs", type=int, default=80)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311  (no secret)
    parser.add_argument("--only", choices=WHATS)
    options = parser.parse_args()
    whats = (options.only,) if options.only else WHATS
    report: dict[str, Any] = {"seed": options.seed}
    for what, runs in zip(whats, shares(options.runs, len(whats)), strict=True):
        say(f"Torturing {runs} {what}, seed {options.seed} …")
        started = time.monotonic()
        counts = total(torture_both(halves(what, runs, options.seed)))
        report[what] = {"seconds": round(time.monotonic() - started), **counts}
    OUTCOME.parent.mkdir(exist_ok=True)
    OUTCOME.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    say(f"seed: {options.seed}")
    for what in whats:
        tell(what, report[what])
    return 1 if any(report[what]["failures"] for what in whats) else 0


def shares(runs: int, parts: int) -> list[int]:
    """As even as can be, and none without a run."""
    return [max(1, (runs + place) // parts) for place in range(parts)][::-1]


def halves(what: str, runs: int, seed: int) -> list[Half]:
    middle = (runs + 1) // 2
    first = Half(what, "sqlite", seed, 0, middle)
    return [
        half for half in (first, Half(what, "postgresql", seed, middle, runs - middle)) if half.runs
    ]


def torture_both(both: Sequence[Half]) -> list[dict[str, Any]]:
    """At the same time: most of it is waiting for leases to run out."""
    with ThreadPoolExecutor(len(both)) as pool:
        return list(pool.map(torture, both))


def torture(half: Half) -> dict[str, Any]:
    """The counts of a half, carried out in a process of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="partners-torture-")))
        valkey = processes.start_valkey(folder=folder / "valkey")
        stack.enter_context(processes.stopping(valkey))
        environment = {**os.environ, **ENVIRONMENT, "REDIS_URL": valkey.url}
        environment.pop("DATABASE_URL", None)
        if half.database == "postgresql":
            environment["DATABASE_URL"] = stack.enter_context(running_server())
        numbers = [str(number) for number in (half.seed, half.first, half.runs)]
        outcome = folder / "outcome.json"
        command = [sys.executable, "-m", "tests.torture.half", half.what, *numbers, str(outcome)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        counts: dict[str, Any] = json.loads(outcome.read_text())
        return counts


def total(reports: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The halves added up."""
    whole: dict[str, Any] = {}
    for report in reports:
        for name, value in report.items():
            if isinstance(value, dict):
                whole[name] = dict((Counter(whole.get(name, {})) + Counter(value)).most_common())
            else:
                whole[name] = whole.get(name, type(value)()) + value
    return whole


def tell(what: str, report: dict[str, Any]) -> None:
    for name, value in report.items():
        if isinstance(value, dict):
            say(f"{what}, {name}:")
            for each, count in value.items():
                say(f"  {count:>6,}  {each}")
        elif name != "failures":
            say(f"{what}, {name}: {value:,}")
    for failure in report["failures"]:
        say(f"FAILED {failure}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
