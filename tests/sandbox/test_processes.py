"""Servers start, answer, remember, and end with whoever started them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from clevertap_partners.sandbox import processes
from clevertap_partners.sandbox.client import SandboxClient
from tests.services import Sandbox

pytestmark = pytest.mark.services

ROOT = Path(__file__).resolve().parents[2]
STARTER = """
import json, sys, time
from pathlib import Path
from clevertap_partners.sandbox import processes
folder = Path(sys.argv[1])
started = [processes.start_valkey(folder=folder), processes.start_sandbox(folder=folder)]
sys.stdout.write(json.dumps([[one.process.pid, one.port] for one in started]) + "\\n")
sys.stdout.flush()
time.sleep(60)
"""


def test_valkey_answers_and_stops(valkey: str, tmp_path: Path) -> None:
    import redis  # noqa: PLC0415  (only here)

    with redis.Redis.from_url(valkey) as queue:
        assert queue.ping()
        assert queue.config_get("save")["save"] == ""
    service = processes.start_valkey(folder=tmp_path)
    service.stop()
    service.stop()
    assert processes.is_free(service.port)


def test_a_taken_port_is_said_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((processes.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(processes.CouldNotStart, match=f"port {port} is taken"):
            processes.start_sandbox(folder=tmp_path, port=port)


def test_two_sandboxes_do_not_share_a_folder(tmp_path: Path) -> None:
    first = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(first), pytest.raises(processes.CouldNotStart, match="another one"):
        processes.start_sandbox(folder=tmp_path)


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    first = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(first):
        sandbox = Sandbox(first.url)
        name = sandbox.create_bucket(retention_s=60)
        key = sandbox.create_service_account(buckets=[name])
        client = sandbox.client(key)
        client.bucket(name).blob("before").upload_from_string(b"1", if_generation_match=0)
        sandbox.add_fault(action="reject", path="/never")
    with processes.stopping(processes.start_sandbox(folder=tmp_path, port=first.port)):
        client.bucket(name).blob("after").upload_from_string(b"2", if_generation_match=0)
        assert sandbox.names(name) == ["after", "before"]
        assert sandbox.operations() == ["insert"], "the old token still works"
        assert sandbox.console.buckets()[0]["retention_s"] == 60
        assert len(sandbox.console.faults()) == 1


def test_private_keys_are_not_kept(tmp_path: Path) -> None:
    service = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(service):
        SandboxClient(service.url).create_account("exporter")
        kept = (tmp_path / "state.json").read_text()
    assert "PUBLIC KEY" in kept
    assert "PRIVATE KEY" not in kept
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("signal_sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_nothing_behind(tmp_path: Path, signal_sent: int) -> None:
    command = [sys.executable, "-c", STARTER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        started: list[list[int]] = json.loads(parent.stdout.readline())
        children = [pid for pid, _ in started] + children_of(started[1][0])
        assert len(children) == 3, "valkey, the gateway, fake-gcs-server"
        parent.send_signal(signal_sent)
    wait_until(lambda: not any(is_alive(pid) for pid in children))
    assert all(processes.is_free(port) for _, port in started)


def test_a_killed_gateway_takes_the_storage_with_it(tmp_path: Path) -> None:
    service = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(service):
        [storage] = children_of(service.process.pid)
        service.process.kill()
        wait_until(lambda: not is_alive(storage))


def test_a_sandbox_without_its_storage_ends_and_says_why(tmp_path: Path) -> None:
    service = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(service):
        [storage] = children_of(service.process.pid)
        os.kill(storage, signal.SIGKILL)
        assert service.process.wait(10) == 1
    assert "fake-gcs-server ended" in service.log.read_text()


def test_bigquery_starts_when_it_is_called_and_ends_with_the_gateway(tmp_path: Path) -> None:
    service = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(service):
        assert len(all_children_of(service.process.pid)) == 1, "fake-gcs-server"
        SandboxClient(service.url).create_dataset("shop")
        children = all_children_of(service.process.pid)
        assert len(children) == 2, "and BigQuery's emulator"
        service.process.kill()
        wait_until(lambda: not any(is_alive(pid) for pid in children))


def test_a_sandbox_whose_bigquery_ends_says_why(tmp_path: Path) -> None:
    service = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(service):
        before = all_children_of(service.process.pid)
        SandboxClient(service.url).start_bigquery()
        [emulator] = all_children_of(service.process.pid) - before
        os.kill(emulator, signal.SIGKILL)
        assert service.process.wait(20) == 1
    assert "BigQuery emulator ended" in service.log.read_text()


def test_a_missing_emulator_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERS_SANDBOX_PYTHON", str(tmp_path / "python"))
    with pytest.raises(processes.CouldNotStart, match=r"requirements-sandbox\.txt"):
        processes.start_bigquery(folder=tmp_path, grpc_port=1)


def test_a_big_upload_is_quick_and_takes_little_memory(tmp_path: Path) -> None:
    service = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(service):
        sandbox = Sandbox(service.url)
        name = sandbox.create_bucket()
        client = sandbox.client(sandbox.create_service_account(buckets=[name]))
        before = peak_memory_mb(service.process.pid)
        content = os.urandom(100_000_000)
        began = time.monotonic()
        blob: Any = client.bucket(name).blob("big")
        blob.upload_from_file(io.BytesIO(content), size=len(content), if_generation_match=0)
        took = time.monotonic() - began
        assert peak_memory_mb(service.process.pid) - before < 20
        assert sandbox.read(name, "big") == content
        assert peak_memory_mb(service.process.pid) - before < 20
    assert took < 60, "about two seconds on a quiet machine"


def test_the_gateway_has_no_django_in_it() -> None:
    modules = "clevertap_partners.sandbox.__main__, clevertap_partners.sandbox.gateway.__main__"
    program = f"import sys, {modules}; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=120).returncode == 0


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def all_children_of(pid: int) -> set[int]:
    """Those of all its threads: BigQuery belongs to one of its own."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
            found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def peak_memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1000


def wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)


def test_a_client_that_goes_away_leaves_no_trace_in_the_log(tmp_path: Path) -> None:
    service = processes.start_sandbox(folder=tmp_path)
    with processes.stopping(service):
        with socket.create_connection(("127.0.0.1", service.port), timeout=5) as client:
            client.sendall(b"GET /_sandbox/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(12) == b"HTTP/1.1 200"
            # Closed with an answer unread and no lingering: the other side sees a reset.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{service.url}/nothing", timeout=5)  # noqa: S310  (ours)
    assert "Traceback" not in service.log.read_text()
