"""One child process: in its own session, its output in a file, ended when its parent ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clevertap_partners.run import leftovers
from clevertap_partners.run.places import ROOT

PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 5_000_000
_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class Command:
    """What to start. `stops_last`: others lean on it, so it goes after them."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    stops_last: bool = False


class Child:
    """A started command. `run` marks it and all its descendants (see leftovers)."""

    def __init__(self, command: Command, *, run: str, log: Path) -> None:
        self.command = command
        self.log = log
        self._run = run
        self._popen = self._start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._popen.send_signal(signal.SIGTERM)

    def kill_all_of_it(self) -> None:
        """Kill what is left of it and of what it started; afterwards it is reaped."""
        with contextlib.suppress(ProcessLookupError):
            self._popen.kill()
        leftovers.end(self._run, self.command.name)
        self._popen.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        mark = {leftovers.MARK: f"{self._run}/{self.command.name}"}
        with self.log.open("ab") as output:
            return subprocess.Popen(
                list(self.command.argv),
                cwd=ROOT,
                env={**os.environ, **self.command.env, **mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )


def _end_with_parent() -> None:
    """Linux sends this process SIGTERM when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def fresh_log(log: Path) -> None:
    """Keep one old log beside the new one once it has grown large."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    log.touch()


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
