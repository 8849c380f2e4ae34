"""Run the gateway in the foreground until a signal, one process to a state file."""

from __future__ import annotations

import contextlib
import fcntl
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

from clevertap_partners.sandbox.gateway.server import HOST, Gateway, Server


class StateInUse(Exception):
    """Another gateway uses this state file."""


class EmulatorEnded(Exception):
    """The BigQuery emulator ended by itself."""


def run(
    *,
    port: int,
    upstream_url: str,
    state_file: Path,
    public_url: str = "",
    grpc_port: int = 0,
    bigquery: bool = False,
    stop: threading.Event | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`. With `bigquery` it starts at once, not when called.

    Raises StateInUse, OSError for a taken port, EmulatorEnded.
    """
    stop = stop or threading.Event()
    stop_on_signals(stop)
    state_file.parent.mkdir(parents=True, exist_ok=True)
    with only_one(state_file):
        public = public_url.rstrip("/") or f"http://{HOST}:{port}"
        problems: list[str] = []

        def ended(problem: str) -> None:
            problems.append(problem)
            stop.set()

        gateway = Gateway(
            state_file=state_file,
            upstream_url=upstream_url,
            public_url=public,
            grpc_port=grpc_port,
            ended=ended,
        )
        if bigquery:
            gateway.bigquery.begin()
        with Server(port, gateway) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            stop.wait()
            server.shutdown()
        gateway.close()
    if problems:
        raise EmulatorEnded(problems[0])


def stop_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


@contextlib.contextmanager
def only_one(state_file: Path) -> Iterator[None]:
    with state_file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateInUse(f"another one runs on {state_file}.") from error
        yield
