from __future__ import annotations

import io
import shutil
import sys

import pytest

from clevertap_partners.run import packages, system
from clevertap_partners.run.child import Command
from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed
from clevertap_partners.run.places import ROOT
from clevertap_partners.run.supervisor import Supervisor


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path, screen):
    # Not entered: nothing is to be started.
    return Supervisor(console=Console(screen), log_dir=tmp_path / "log")


def test_packages_are_left_alone_when_their_requirements_are_unchanged(
    tmp_path, supervisor, screen
):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    stamp = packages.fingerprint(ROOT / "requirements.txt")
    (tmp_path / "requirements.sha256").write_text(stamp)

    packages.ensure_venvs(
        packages.Venv(tmp_path, "requirements.txt"), supervisor=supervisor, console=Console(screen)
    )

    assert "unchanged" in screen.getvalue()
    assert not (tmp_path / "log").exists()


def test_only_the_environment_whose_pins_changed_is_made_anew(tmp_path, screen, monkeypatch):
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    console = Console(screen)
    venvs = [packages.Venv(tmp_path / name, f"{name}.txt") for name in ("one", "other")]
    for venv in venvs:
        (tmp_path / venv.requirements).write_text("# nothing to fetch\n")
    # Only its start matters: making one for real takes seconds.
    monkeypatch.setattr(packages.Venv, "making", lambda venv: shell(f"mkdir -p {venv.folder}/bin"))
    monkeypatch.setattr(
        packages.Venv,
        "filling",
        lambda venv: shell(f"touch {venv.python}; echo x >> {venv.python}"),
    )

    with Supervisor(console=console, log_dir=tmp_path / "log") as supervisor:
        packages.ensure_venvs(*venvs, supervisor=supervisor, console=console)
        (tmp_path / "other.txt").write_text("# something else\n")
        packages.ensure_venvs(*venvs, supervisor=supervisor, console=console)

    assert [venv.python.read_text().count("x") for venv in venvs] == [1, 2]
    assert "Packages of one.txt: unchanged" in screen.getvalue()


def shell(script):
    return Command("shell", ["sh", "-c", script])


def test_packages_are_added_to_an_environment_once(tmp_path, screen, monkeypatch):
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    (tmp_path / "more.txt").write_text("# nothing to fetch\n")
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    console = Console(screen)

    with Supervisor(console=console, log_dir=tmp_path / "log") as supervisor:
        for _ in range(2):
            packages.add_packages(tmp_path, "more.txt", supervisor=supervisor, console=console)

    assert screen.getvalue().count("Adding the packages of more.txt") == 1
    assert "more.txt: unchanged" in screen.getvalue()


def test_the_fingerprint_changes_with_the_pins(tmp_path):
    pins = tmp_path / "requirements.txt"
    pins.write_text("a==1")
    before = packages.fingerprint(pins)

    pins.write_text("a==2")

    assert packages.fingerprint(pins) != before


def test_without_the_right_to_install_it_says_what_to_type(supervisor, screen, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if "apt" in name else None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    with pytest.raises(StartFailed, match="apt-get install chromium chromium-driver"):
        system.ensure_browser(supervisor=supervisor, console=Console(screen))


def test_without_apt_it_names_what_is_missing(supervisor, screen, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(StartFailed, match="no apt-get: chromium, chromium-driver"):
        system.ensure_browser(supervisor=supervisor, console=Console(screen))
