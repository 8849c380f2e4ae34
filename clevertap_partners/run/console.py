"""What a person sees while things start: a line per step, with its time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import TextIO


class Console:
    """Plain lines, so that a log file of them reads as well as a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._line_is_open = False

    def say(self, text: str) -> None:
        self._close_line()
        self._write(f"{text}\n")

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show `text` at once and the time it took when it is over."""
        self._close_line()
        self._write(f"  {text} … ")
        self._line_is_open = True
        started = time.monotonic()
        yield
        took = f"{time.monotonic() - started:.1f} s"
        self._write(f"{took}\n" if self._line_is_open else f"  {text}: done, {took}\n")
        self._line_is_open = False

    def box(self, lines: Sequence[str]) -> None:
        self._close_line()
        width = max(len(line) for line in lines)
        body = [f"│  {line:<{width}}  │" for line in lines]
        rule = "─" * (width + 4)
        self._write("\n".join(["", f"╭{rule}╮", *body, f"╰{rule}╯", "", ""]))

    def _close_line(self) -> None:
        if self._line_is_open:
            self._write("\n")
            self._line_is_open = False

    def _write(self, text: str) -> None:
        # A terminal that was closed must not keep us from stopping the children.
        with contextlib.suppress(OSError):
            self._out.write(text)
            self._out.flush()
