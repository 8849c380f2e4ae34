"""Virtual environments that are made once and touched again only when their requirements change."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path

from clevertap_partners.run import system
from clevertap_partners.run.child import Command
from clevertap_partners.run.console import Console
from clevertap_partners.run.places import ROOT, shown
from clevertap_partners.run.supervisor import Supervisor


def ensure_venv(
    folder: Path, requirements: str, *, supervisor: Supervisor, console: Console
) -> None:
    """A virtual environment with the pinned packages of `requirements`."""
    python = folder / "bin" / "python"
    stamp = folder / "requirements.sha256"
    wanted = fingerprint(ROOT / requirements)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        console.say(f"  Packages of {requirements}: unchanged")
        return
    if importlib.util.find_spec("ensurepip") is None:  # Debian ships it apart from Python
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        system.install([f"python{version}-venv"], supervisor=supervisor, console=console)
    with console.step(f"Installing the packages of {requirements} into {shown(folder)}"):
        stamp.unlink(missing_ok=True)
        supervisor.finish(Command("venv", [sys.executable, "-m", "venv", "--clear", str(folder)]))
        supervisor.finish(Command("pip", [*_pip(python), "-r", requirements]))
        stamp.write_text(wanted)


def add_packages(
    folder: Path, requirements: str, *, supervisor: Supervisor, console: Console
) -> None:
    """The pinned packages of `requirements` in a virtual environment that `ensure_venv` made.

    Making it anew forgets them; their pins have to agree with those that are there.
    """
    stamp = folder / f"{requirements}.sha256"
    wanted = fingerprint(ROOT / requirements)
    if stamp.exists() and stamp.read_text() == wanted:
        console.say(f"  Packages of {requirements}: unchanged")
        return
    with console.step(f"Adding the packages of {requirements} to {shown(folder)}"):
        command = [*_pip(folder / "bin" / "python"), "-r", str(ROOT / requirements)]
        supervisor.finish(Command("pip", command))
        stamp.write_text(wanted)


def fingerprint(requirements: Path) -> str:
    """Changes with the pins and with the Python that they are installed for."""
    digest = hashlib.sha256(requirements.read_bytes())
    digest.update(f"{sys.version} {ROOT}".encode())
    return digest.hexdigest()


def _pip(python: Path) -> list[str]:
    # Python compiles what it loads; compiling everything at once would take most of the time.
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
    return [str(python), "-m", "pip", "install", *options]
