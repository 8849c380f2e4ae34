"""The dashboard's pages with very much data against little: server time, and queries a page."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.measures import Findings
from bench.runner import ROOT, Failed, Runner, say

LITTLE, MUCH = 100, 100_000
LIMIT_S = 1800.0
ROUNDS = 3

Pages = dict[str, float]


def web(runner: Runner, found: Findings) -> None:
    """On SQLite, by the processor's time of the one process that does all of it."""
    say(f"Pages with {MUCH:,} exports and {10 * MUCH:,} files against {LITTLE}")
    with tempfile.TemporaryDirectory(dir=runner.folder) as folder:
        _compare(lambda name: f"sqlite:///{folder}/{name}.sqlite3", Path(folder), "web", found)


def web_postgres(runner: Runner, found: Findings) -> None:
    """On PostgreSQL, by the clock."""
    running_server = import_module("tests.postgres").running_server  # needs a package of tests
    say(f"Pages on PostgreSQL, {MUCH:,} exports against {LITTLE}")
    with tempfile.TemporaryDirectory(dir=runner.folder) as folder, running_server() as url:
        _compare(lambda name: _database(url, name), Path(folder), "web_postgres", found)


def _compare(database: Any, folder: Path, prefix: str, found: Findings) -> None:
    with ExitStack() as stack:
        little, much = (
            stack.enter_context(_process(exports, database(f"web{exports}"), folder))
            for exports in (LITTLE, MUCH)
        )
        queries = {**_answer(little), **_answer(much)}
        rounds = [(_told(little), _told(much)) for _ in range(ROUNDS)]
    for page in queries:
        ratio = statistics.median(of_much[page] / of_little[page] for of_little, of_much in rounds)
        found.figures[f"{prefix}_{page}_100k_vs_100"] = ratio
        best = [min(times[page] for times in column) for column in zip(*rounds, strict=True)]
        say(f"  {page}: {best[0]:.0f} ms, {best[1]:.0f} ms; {queries[page]:.0f} queries")
    found.figures[f"{prefix}_exports_queries"] = max(queries.values())


@contextmanager
def _process(exports: int, database: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    state = folder / f"var{exports}"
    state.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.web_pages", str(exports)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "clevertap_partners.settings",
            "DATABASE_URL": database,
            "PARTNERS_VAR_DIR": str(state),
            "LOG_LEVEL": "ERROR",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    # Whoever waits for a word of it then reads the end of its output.
    watchdog = threading.Timer(LIMIT_S, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def _told(process: subprocess.Popen[str]) -> Pages:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    return _answer(process)


def _answer(process: subprocess.Popen[str]) -> Pages:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Failed("the process with the pages has ended; what it said stands above")
    pages: Pages = json.loads(line)
    return pages


def _database(url: str, name: str) -> str:
    import psycopg  # noqa: PLC0415

    server = url.rpartition("/")[0]
    socket = server.rpartition("@")[2].replace("%2F", "/")
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as sql:
        sql.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"
