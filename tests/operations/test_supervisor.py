"""The supervisor with stand-in children: each starts a grandchild in a session of its own."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

DRIVER = """
import sys
from pathlib import Path
from clevertap_partners.run.child import Command
from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed, StopAsked
from clevertap_partners.run.supervisor import RestartLimit, Supervisor

folder, method, *scripts = Path(sys.argv[1]), *sys.argv[2:]
names = ["child", "second"]
console = Console(sys.stdout)
try:
    with Supervisor(console=console, log_dir=folder, limit=RestartLimit(times=2)) as supervisor:
        commands = [Command(*one) for one in zip(names, (["sh", "-c", each] for each in scripts))]
        getattr(supervisor, method)(*commands)
        supervisor.watch()
except StopAsked:
    console.say("stopped")
except StartFailed as error:
    sys.exit(str(error))
"""
LIMIT_S = 60


@pytest.fixture
def pids(tmp_path):
    """The file to which every process of a stand-in adds its id."""
    return tmp_path / "pids"


@pytest.fixture
def start(tmp_path):
    """Starts a supervisor of one child; whatever happens, it is gone afterwards."""
    started = []
    (tmp_path / "driver.py").write_text(DRIVER)

    def start(
        *scripts: str, method: str = "keep", under_make: bool = False
    ) -> subprocess.Popen[str]:
        command = [sys.executable, str(tmp_path / "driver.py"), str(tmp_path), method, *scripts]
        if under_make:
            recipe = shlex.join(command).replace("$", "$$")
            (tmp_path / "Makefile").write_text(f"run:\n\t@exec {recipe}\n")
            command = ["make", "-f", str(tmp_path / "Makefile")]
        popen = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": str(settings.BASE_DIR)},
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(popen)
        return popen

    yield start
    for popen in started:
        popen.terminate()
        popen.communicate(timeout=LIMIT_S)


def family(pids: Path) -> str:
    """A shell script that becomes a child with a grandchild outside its process group."""
    return f"setsid sleep 300 & echo $! >> {pids}; echo $$ >> {pids}; sleep 300"


def read(pids: Path) -> list[int]:
    return [int(line) for line in pids.read_text().split()] if pids.exists() else []


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def wait_until(condition, what: str) -> None:
    limit = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < limit, f"waited {LIMIT_S} s for: {what}"
        time.sleep(0.05)


def test_a_killed_child_is_started_again(start, pids):
    start(family(pids))
    wait_until(lambda: len(read(pids)) == 2, "the child")
    grandchild, child = read(pids)

    os.kill(child, signal.SIGKILL)

    wait_until(lambda: len(read(pids)) == 4, "a new child")
    wait_until(lambda: not is_alive(grandchild), "the end of what the dead child had started")
    assert is_alive(read(pids)[3])


def test_it_stops_everything_when_asked_to(start, pids):
    supervisor = start(family(pids))
    wait_until(lambda: len(read(pids)) == 2, "the child")

    supervisor.terminate()
    output, _ = supervisor.communicate(timeout=LIMIT_S)

    assert supervisor.returncode == 0
    assert output.endswith("stopped\n")
    assert not [pid for pid in read(pids) if is_alive(pid)]


def test_it_kills_a_child_that_does_not_listen(start, pids):
    supervisor = start(f"trap '' TERM; {family(pids)}")
    wait_until(lambda: len(read(pids)) == 2, "the child")

    supervisor.terminate()
    supervisor.communicate(timeout=LIMIT_S)

    assert not [pid for pid in read(pids) if is_alive(pid)]


def test_nothing_outlives_a_supervisor_that_was_killed(start, pids):
    supervisor = start(f"trap '' TERM; {family(pids)}")
    wait_until(lambda: len(read(pids)) == 2, "the child")

    supervisor.kill()

    wait_until(lambda: not [pid for pid in read(pids) if is_alive(pid)], "the end of the children")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_make_alone_stops_everything(start, pids, number):
    make = start(family(pids), under_make=True)
    wait_until(lambda: len(read(pids)) == 2, "the child")

    make.send_signal(number)
    output, _ = make.communicate(timeout=LIMIT_S)

    assert "stopped\n" in output
    wait_until(lambda: not [pid for pid in read(pids) if is_alive(pid)], "the end of the children")


def test_a_child_that_keeps_ending_stops_the_start_with_the_reason(start, pids):
    supervisor = start("echo the lake is closed; exit 3")

    _, errors = supervisor.communicate(timeout=LIMIT_S)

    assert supervisor.returncode == 1
    assert "child ended 3 times within 60 s, the last time with exit code 3" in errors
    assert "the lake is closed" in errors


def test_errors_of_a_child_are_shown_under_its_name(start, pids):
    supervisor = start(f"echo quiet; sleep 0.3; echo 'level=error loud'; {family(pids)}")
    wait_until(lambda: len(read(pids)) == 2, "the child")
    supervisor.terminate()

    output, _ = supervisor.communicate(timeout=LIMIT_S)

    assert "child │ level=error loud" in output
    assert "quiet" not in output


def test_a_step_that_fails_shows_the_end_of_its_log(start):
    supervisor = start("echo no such table; exit 1", method="finish")

    _, errors = supervisor.communicate(timeout=LIMIT_S)

    assert supervisor.returncode == 1
    assert "child failed (exit code 1)" in errors
    assert "no such table" in errors


def test_steps_run_side_by_side(start, tmp_path):
    wait = "while ! test -e {0}; do sleep 0.05; done"
    one, other = tmp_path / "one", tmp_path / "other"
    supervisor = start(
        f"touch {one}; {wait.format(other)}",
        f"{wait.format(one)}; touch {other}; echo both; exit 1",
        method="finish",
    )

    _, errors = supervisor.communicate(timeout=LIMIT_S)

    assert "second failed (exit code 1)" in errors
    assert "both" in errors


def test_a_step_that_fails_ends_those_beside_it(start, pids):
    supervisor = start(
        family(pids), f"until test -s {pids}; do sleep 0.05; done; exit 3", method="finish"
    )

    _, errors = supervisor.communicate(timeout=LIMIT_S)

    assert "second failed (exit code 3)" in errors
    assert not [pid for pid in read(pids) if is_alive(pid)]
