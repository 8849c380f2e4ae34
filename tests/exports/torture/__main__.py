"""`python -m tests.exports.torture [--runs N] [--seed N]`: the long form, half on each database.

Prints the counts, writes them to var/torture.json and ends with 1 if anything was lost, doubled or
otherwise wrong.
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
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True)
class Half:
    """Runs `first` and following, on one database: Django knows but one in its life."""

    database: str
    seed: int
    first: int
    runs: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311  (no secret)
    options = parser.parse_args()
    say(f"Torturing {options.runs} exports, seed {options.seed} …")
    started = time.monotonic()
    counts = total(torture_both(halves(options.runs, options.seed)))
    report = {"seed": options.seed, "seconds": round(time.monotonic() - started), **counts}
    OUTCOME.parent.mkdir(exist_ok=True)
    OUTCOME.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    tell(report)
    return 1 if report["failures"] else 0


def halves(runs: int, seed: int) -> list[Half]:
    middle = (runs + 1) // 2
    both = Half("sqlite", seed, 0, middle), Half("postgresql", seed, middle, runs - middle)
    return [half for half in both if half.runs]


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
        command = [sys.executable, "-m", "tests.exports.torture.half", *numbers, str(outcome)]
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


def tell(report: dict[str, Any]) -> None:
    for name, value in report.items():
        if isinstance(value, dict):
            say(f"{name}:")
            for each, count in value.items():
                say(f"  {count:>6,}  {each}")
        elif name != "failures":
            say(f"{name}: {value:,}" if name != "seed" else f"seed: {value}")
    for failure in report["failures"]:
        say(f"FAILED {failure}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
