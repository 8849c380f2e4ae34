"""Starts contenders, one after the other, and keeps their outcomes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contenders import PARTNERS

LIMIT_S = 600.0
# Who is slower than this has two rounds at most: there is nothing close to decide.
SLOW_S = 15.0
SLOW_ROUNDS = 2
ROOT = Path(__file__).resolve().parent.parent

Outcome = dict[str, Any]


class Failed(Exception):
    """A contender did not finish, or wrote something else than it should."""


@dataclass(frozen=True)
class Run:
    """One contender on one lake. `bucket` sends it to the sandbox, gzipped; `keep` keeps files."""

    file_format: str
    lake: Path
    way: str = PARTNERS
    bucket: Path | None = None
    keep: bool = False


@dataclass(frozen=True)
class Runner:
    """`folder` has room for files; `small_lake` is what contenders warm up on."""

    folder: Path
    small_lake: Path
    rounds: int

    def alone(self, run: Run) -> Outcome:
        """Seconds, peak_rss_mb and what was read back. Raises Failed."""
        options = {
            "format": run.file_format,
            "way": run.way,
            "lake": str(run.lake),
            "small_lake": str(self.small_lake),
            "folder": str(self.folder),
            "bucket": str(run.bucket) if run.bucket else None,
            "keep": run.keep,
        }
        command = [sys.executable, "-m", "bench.alone", json.dumps(options)]
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{label(run)} took longer than {LIMIT_S:.0f} s") from error
        if done.returncode:
            raise Failed(f"{label(run)} failed:\n{done.stderr[-3000:]}")
        outcome: Outcome = json.loads(done.stdout.splitlines()[-1])
        return outcome

    def in_turn(self, runs: Iterable[Run]) -> dict[Run, list[Outcome]]:
        """Each once, then each once more, as many times as there are rounds.

        One that fails is left out of the rest and of the result; the others go on.
        """
        outcomes: dict[Run, list[Outcome]] = {run: [] for run in runs}
        for number in range(1, self.rounds + 1):
            for run in list(outcomes):
                if number > SLOW_ROUNDS and max(seconds(outcomes[run])) > SLOW_S:
                    continue
                try:
                    outcome = self.alone(run)
                except Failed as error:
                    say(f"  left out: {error}")
                    del outcomes[run]
                    continue
                outcomes[run].append(outcome)
                say(f"  round {number}: {label(run)} {outcome['seconds']:.2f} s")
        return outcomes


def label(run: Run) -> str:
    return f"{run.file_format} {run.way}{' to the sandbox' if run.bucket else ''}"


def say(text: str) -> None:
    print(text, flush=True)


def seconds(outcomes: list[Outcome]) -> list[float]:
    return [outcome["seconds"] for outcome in outcomes]


def processor_s(outcomes: list[Outcome]) -> list[float]:
    return [outcome["processor_s"] for outcome in outcomes]


def peak(outcomes: list[Outcome]) -> float:
    return max(float(outcome["peak_rss_mb"]) for outcome in outcomes)
