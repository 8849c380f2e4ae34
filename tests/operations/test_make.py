from __future__ import annotations

import subprocess

import pytest
from django.conf import settings


@pytest.mark.parametrize(
    "target",
    ["run", "test", "check", "format", "bench", "torture", "requirements", "clean", "help"],
)
def test_make_has_the_target(target):
    done = subprocess.run(
        ["make", "-n", target],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_make_alone_says_what_it_can_do():
    done = subprocess.run(
        ["make"], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120, check=True
    )

    for command in ("make run", "make test", "make check", "make clean"):
        assert command in done.stdout
