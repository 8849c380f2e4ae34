"""Notices when the `make` that started us was told to stop without a word to us.

Ctrl-C reaches both of us. But a SIGINT sent to make alone leaves it waiting for its child, and a
SIGKILL leaves the child alone.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

_CAUGHT = re.compile(r"^SigCgt:\s*([0-9a-f]+)$", re.MULTILINE)


class Make:
    """The make above us, if there is one."""

    def __init__(self) -> None:
        self._pid = os.getppid() if "MAKELEVEL" in os.environ else 0
        self._caught_at_start = _catches_interrupt(self._pid)

    def wants_to_stop(self) -> bool:
        if not self._pid:
            return False
        # Once make handles a SIGINT it puts the default action back, and waits for us.
        interrupted = self._caught_at_start and not _catches_interrupt(self._pid)
        return interrupted or os.getppid() != self._pid


def _catches_interrupt(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = _CAUGHT.search(status)
    return bool(caught and int(caught[1], 16) & (1 << (signal.SIGINT - 1)))
