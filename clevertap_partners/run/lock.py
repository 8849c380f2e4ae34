"""One `make run` at a time in a state folder."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import TextIO

from clevertap_partners.run.failures import StartFailed

# After a kill -9 the watchdog holds the lock until the last child is gone.
CLEARING_S = 10.0


def take(file: Path) -> TextIO:
    """Hold the lock until the returned file is closed, or the process ends however it ends.

    Raises StartFailed when another start is running.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = file.open("a+")
    limit = time.monotonic() + CLEARING_S
    while not _locked(handle):
        pid = holder(file)
        if _is_alive(pid) or time.monotonic() > limit:
            handle.close()
            raise StartFailed(
                f"`make run` is already running (process {pid}). Use that one, or stop it first: "
                f"Ctrl-C where it runs, or kill {pid}."
            )
        time.sleep(0.1)
    handle.truncate(0)
    handle.write(f"{os.getpid()}\n")
    handle.flush()
    return handle


def holder(file: Path) -> int:
    """The process that wrote its id into the lock file; 0 when there is none."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


def _locked(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"
