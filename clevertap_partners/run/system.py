"""Packages of the operating system, where Python alone is not enough."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from clevertap_partners.run.child import Command
from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed
from clevertap_partners.run.supervisor import Supervisor

BROWSER_PACKAGES = ("chromium", "chromium-driver")


def ensure_browser(*, supervisor: Supervisor, console: Console) -> None:
    """Chromium and its driver for the browser tests."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        console.say("  Chromium: found")
        return
    install(BROWSER_PACKAGES, supervisor=supervisor, console=console)


def install(packages: Sequence[str], *, supervisor: Supervisor, console: Console) -> None:
    """Install Debian packages. Raises StartFailed with the command to type when we may not."""
    by_hand = f"apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise StartFailed(f"Needed, and this machine has no apt-get: {', '.join(packages)}.")
    apt = [*_as_root(by_hand), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    with console.step(f"Installing {', '.join(packages)} with apt-get"):
        try:
            supervisor.finish(Command("apt", [*apt, "update"]))
            supervisor.finish(
                Command("apt", [*apt, "install", "--yes", "--no-install-recommends", *packages])
            )
        except StartFailed as error:
            raise StartFailed(f"{error}\nTo install it by hand: sudo {by_hand}") from error


def _as_root(by_hand: str) -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise StartFailed(f"This needs an administrator, once: {by_hand}")
    return ["sudo", "--non-interactive"]  # children have no terminal to ask for a password
