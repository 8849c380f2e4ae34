from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clevertap_partners.run import lock
from clevertap_partners.run.failures import StartFailed


def test_a_second_run_is_refused_and_told_where_the_first_is(tmp_path):
    with lock.take(tmp_path / "run.lock"), pytest.raises(StartFailed, match=str(os.getpid())):
        lock.take(tmp_path / "run.lock")


def test_a_run_that_ended_leaves_no_lock(tmp_path):
    lock.take(tmp_path / "run.lock").close()

    with lock.take(tmp_path / "run.lock"):
        assert lock.holder(tmp_path / "run.lock") == os.getpid()


def test_a_run_that_was_killed_leaves_no_lock(tmp_path):
    file = tmp_path / "run.lock"
    code = (
        "import os, pathlib, sys; from clevertap_partners.run import lock;"
        "held = lock.take(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(file)], timeout=120, check=False)

    with lock.take(file):
        assert lock.holder(file) == os.getpid()


def test_clean_refuses_while_a_run_is_going_on(tmp_path):
    with lock.take(tmp_path / "run.lock"):
        done = subprocess.run(
            [sys.executable, "-m", "clevertap_partners.run", "clean"],
            env={**os.environ, "PARTNERS_VAR_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert done.returncode == 1
    assert "already running" in done.stderr
    assert tmp_path.exists()
