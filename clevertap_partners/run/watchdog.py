"""Outlives the supervisor to clear up after it: `python -m clevertap_partners.run.watchdog <run>`.

Its standard input is a pipe that only the supervisor holds open, so the end of input means that the
supervisor is gone, kill -9 included. It keeps the run's lock until the last process has ended.
"""

from __future__ import annotations

import sys

from clevertap_partners.run import leftovers

GRACE_S = 4.0


def main(run: str) -> None:
    sys.stdin.buffer.read()
    leftovers.end(run, grace_s=GRACE_S)


if __name__ == "__main__":
    main(sys.argv[1])
