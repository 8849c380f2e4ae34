"""Starts children, keeps them running, shows their errors, and stops them all.

Why not honcho: it stops everything as soon as one child ends, and a kill -9 of it leaves the
children behind. Everything here happens in one thread, which the parent-death signal relies on.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import TextIO

from clevertap_partners.run.child import Child, Command, fresh_log, how_it_ended
from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed, StopAsked
from clevertap_partners.run.logtail import LogTail, last_lines
from clevertap_partners.run.parent import Make
from clevertap_partners.run.places import ROOT, shown

TICK_S = 0.1
# RQ finishes the job in hand at the first SIGTERM and drops it at the second. A dropped job is
# safe: its row in the database says that it is unfinished.
ASK_AGAIN_S = 2.0
GRACE_S = 4.0


@dataclass(frozen=True)
class RestartLimit:
    times: int = 5
    within_s: float = 60.0


@dataclass
class Kept:
    """A child that is restarted when it ends, with the times of its restarts."""

    child: Child
    tail: LogTail
    restarts: deque[float] = field(default_factory=deque)


class Supervisor:
    """Use as a context manager: leaving it stops every child, whatever the reason."""

    def __init__(
        self,
        *,
        console: Console,
        log_dir: Path,
        lock: TextIO | None = None,
        limit: RestartLimit | None = None,
        verbose: bool = False,
    ) -> None:
        self._console = console
        self._log_dir = log_dir
        self._lock = lock
        self._limit = limit or RestartLimit()
        self._verbose = verbose
        self._run = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._kept: list[Kept] = []
        self._stop_asked = False
        self._make = Make()

    def __enter__(self) -> Supervisor:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue  # nohup
            signal.signal(number, self._on_signal)
        self._watchdog = self._start_watchdog()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._watchdog.communicate()

    # -- for the steps ----------------------------------------------------------------------------

    def finish(self, *commands: Command) -> None:
        """Run commands side by side, each to its end. Raises StartFailed with the end of the log
        of the first that fails; the others are ended then."""
        children = [Child(each, run=self._run, log=self._log(each)) for each in commands]
        try:
            while any(child.exit_code() is None for child in children):
                for child in children:
                    _refuse_failure(child)
                self._tick()
            for child in children:
                _refuse_failure(child)
        finally:
            for child in children:
                child.kill_all_of_it()

    def keep(self, command: Command) -> None:
        """Start a command and restart it whenever it ends, within the restart limit."""
        log = self._log(command)
        tail = LogTail(log, everything=self._verbose)
        self._kept.append(Kept(Child(command, run=self._run, log=log), tail))

    def wait_until(self, ready: Callable[[], bool], *, what: str, limit_s: float = 60.0) -> None:
        limit = time.monotonic() + limit_s
        while not ready():
            if time.monotonic() > limit:
                logs = shown(self._log_dir)
                raise StartFailed(f"{what} did not answer within {limit_s:.0f} s. See {logs}/.")
            self._tick()

    def watch(self) -> None:
        """Keep everything running. Ends by StopAsked or StartFailed only."""
        while True:
            self._tick()

    def stop(self) -> None:
        """Stop every child: those that others lean on last. A second Ctrl-C kills at once."""
        self._stop_asked = False
        for last in (False, True):
            self._stop_wave([k.child for k in self._kept if k.child.command.stops_last is last])
        for kept in self._kept:
            self._show_errors(kept)
        self._kept.clear()

    # -- inside -----------------------------------------------------------------------------------

    def _log(self, command: Command) -> Path:
        log = self._log_dir / f"{command.name}.log"
        fresh_log(log)
        return log

    def _start_watchdog(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "clevertap_partners.run.watchdog", self._run],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[self._lock.fileno()] if self._lock else [],
        )

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop_asked = True

    def _tick(self) -> None:
        if self._stop_asked or self._make.wants_to_stop():
            raise StopAsked
        for kept in self._kept:
            self._show_errors(kept)
            code = kept.child.exit_code()
            if code is not None:
                self._restart(kept, code)
        time.sleep(TICK_S)

    def _show_errors(self, kept: Kept) -> None:
        for line in kept.tail.new_lines():
            self._console.say(f"  {kept.child.command.name:>9} │ {line}")

    def _restart(self, kept: Kept, code: int) -> None:
        name, log = kept.child.command.name, kept.child.log
        kept.child.kill_all_of_it()
        now = time.monotonic()
        while kept.restarts and kept.restarts[0] < now - self._limit.within_s:
            kept.restarts.popleft()
        if len(kept.restarts) >= self._limit.times:
            raise StartFailed(
                f"{name} ended {self._limit.times + 1} times within {self._limit.within_s:.0f} s, "
                f"the last time with {how_it_ended(code)}; everything is stopped. "
                f"The end of {shown(log)}:\n{last_lines(log)}"
            )
        kept.restarts.append(now)
        self._console.say(f"  {name} ended with {how_it_ended(code)}: started again.")
        kept.child = Child(kept.child.command, run=self._run, log=log)

    def _stop_wave(self, children: list[Child]) -> None:
        started = time.monotonic()
        asked = 0
        while any(child.exit_code() is None for child in children):
            waited = time.monotonic() - started
            if waited > GRACE_S or self._stop_asked:
                break
            if waited >= asked * ASK_AGAIN_S:
                asked += 1
                for child in children:
                    child.ask_to_stop()
            time.sleep(TICK_S / 2)
        for child in children:
            child.kill_all_of_it()


def _refuse_failure(child: Child) -> None:
    if code := child.exit_code():
        raise StartFailed(
            f"{child.command.name} failed ({how_it_ended(code)}). "
            f"The end of {shown(child.log)}:\n{last_lines(child.log)}"
        )
