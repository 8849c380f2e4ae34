"""Virtual environments that are made once and touched again only when their requirements change."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from clevertap_partners.run import system
from clevertap_partners.run.child import Command
from clevertap_partners.run.console import Console
from clevertap_partners.run.places import ROOT, shown
from clevertap_partners.run.supervisor import Supervisor


@dataclass(frozen=True)
class Venv:
    """A virtual environment with the pinned packages of `requirements`."""

    folder: Path
    requirements: str

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / "requirements.sha256"

    def is_current(self) -> bool:
        wanted = fingerprint(ROOT / self.requirements)
        return self.python.exists() and self.stamp.exists() and self.stamp.read_text() == wanted

    def making(self) -> Command:
        return Command(
            f"venv-{self.folder.name}", [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        )

    def filling(self) -> Command:
        return Command(f"pip-{self.folder.name}", [*_pip(self.python), "-r", self.requirements])


def ensure_venvs(*venvs: Venv, supervisor: Supervisor, console: Console) -> None:
    """Make those that are missing or whose pins have changed, side by side."""
    for venv in venvs:
        if venv.is_current():
            console.say(f"  Packages of {venv.requirements}: unchanged")
    outdated = [venv for venv in venvs if not venv.is_current()]
    if not outdated:
        return
    if importlib.util.find_spec("ensurepip") is None:  # Debian ships it apart from Python
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        system.install([f"python{version}-venv"], supervisor=supervisor, console=console)
    names = " and ".join(f"{venv.requirements} into {shown(venv.folder)}" for venv in outdated)
    with console.step(f"Installing the packages of {names}"):
        for venv in outdated:
            venv.stamp.unlink(missing_ok=True)
        supervisor.finish(*(venv.making() for venv in outdated))
        supervisor.finish(*(venv.filling() for venv in outdated))
        for venv in outdated:
            venv.stamp.write_text(fingerprint(ROOT / venv.requirements))


def add_packages(
    folder: Path, requirements: str, *, supervisor: Supervisor, console: Console
) -> None:
    """The pinned packages of `requirements` in a virtual environment that `ensure_venvs` made.

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
