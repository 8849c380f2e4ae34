"""`make clean`: back to a fresh clone."""

from __future__ import annotations

import shutil

from clevertap_partners.run import lock
from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed
from clevertap_partners.run.places import shown, var_dir

# PARTNERS_VAR_DIR may name any folder: only one that we filled is removed.
OURS = ("run.lock", "venv-test")


def clean(console: Console) -> None:
    """Remove the state folder. Raises StartFailed while `make run` uses it."""
    var = var_dir()
    if not var.exists():
        console.say(f"{shown(var)}/ is not there: nothing to remove.")
        return
    if not any((var / sign).exists() for sign in OURS):
        raise StartFailed(f"{var} does not look like a state folder of ours: nothing was removed.")
    with lock.take(var / "run.lock"), console.step(f"Removing {shown(var)}/"):
        shutil.rmtree(var)
