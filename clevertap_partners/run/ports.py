"""Which port each part listens on: the same at every start where possible."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed

HOST = "127.0.0.1"
TRIES = 50


class Ports:
    """Chooses free ports and remembers the first choice of each.

    Keys downloaded from the sandbox name the gateway's port, so it should not move between starts.
    """

    def __init__(self, file: Path, console: Console) -> None:
        self._file = file
        self._console = console
        self._remembered = read_ports(file)
        self._given: set[int] = set()

    def fixed(self, name: str, wanted: str) -> int:
        """This very port. Raises StartFailed when it is none or another program has it."""
        if not wanted.isdecimal() or not 1024 <= int(wanted) <= 65_535:
            raise StartFailed(f"{name}={wanted} is not a port: give a number from 1024 to 65535.")
        if not self._is_free(int(wanted)):
            raise StartFailed(
                f"Port {wanted}, asked for as {name}, is taken by another program. "
                "Stop that program or ask for another port."
            )
        return self._give(int(wanted))

    def choose(self, name: str, *, default: int) -> int:
        """The remembered port, or `default`, or the next free one; says when it moves."""
        wanted = self._remembered.get(name, default)
        port = self._next_free(name, wanted)
        if port != wanted:
            self._console.say(f"  Port {wanted} is taken: the {name} uses {port}.")
        self._remember(name, port)
        return self._give(port)

    def _next_free(self, name: str, wanted: int) -> int:
        for port in range(wanted, min(wanted + TRIES, 65_536)):
            if self._is_free(port):
                return port
        raise StartFailed(
            f"No free port for the {name} from {wanted} to {wanted + TRIES - 1}. "
            "Stop a program that uses one of them, then start again."
        )

    def _is_free(self, port: int) -> bool:
        return port not in self._given and is_free(port)

    def _give(self, port: int) -> int:
        self._given.add(port)
        return port

    def _remember(self, name: str, port: int) -> None:
        """Only the first choice: a port that is taken today may be free again tomorrow."""
        if name not in self._remembered:
            self._remembered[name] = port
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self._remembered, indent=2) + "\n")


def read_ports(file: Path) -> dict[str, int]:
    """The remembered ports; none when the file is missing or damaged."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: port for name, port in found.items() if isinstance(port, int)}


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((HOST, port), timeout=0.5).close()
    except OSError:
        return False
    return True
