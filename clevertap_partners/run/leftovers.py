"""Finds every process of a run, however deep: children that made their own group included.

Each child carries a mark in its environment, which its own children inherit. A process group would
not do: an RQ worker puts the process that does the job into a group of its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

MARK = "PARTNERS_RUN"


def marked(run: str, child: str = "") -> list[int]:
    """Living processes of a run, or of one child of it."""
    needle = f"{MARK}={run}/{child}".encode()
    return [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and _carries(folder, needle, whole=bool(child))
    ]


def _carries(folder: Path, needle: bytes, *, whole: bool) -> bool:
    try:
        variables = (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(each == needle or (not whole and each.startswith(needle)) for each in variables)


def signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def end(run: str, child: str = "", *, grace_s: float = 0.0) -> None:
    """Ask the processes to stop, wait up to `grace_s`, then kill what is left."""
    if grace_s:
        signal_all(marked(run, child), signal.SIGTERM)
    limit = time.monotonic() + grace_s
    while marked(run, child) and time.monotonic() < limit:
        time.sleep(0.1)
    signal_all(marked(run, child), signal.SIGKILL)
