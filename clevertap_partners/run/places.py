"""Where things are on this machine."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def var_dir() -> Path:
    """The one folder that holds state; git ignores it and `make clean` removes it."""
    return Path(os.environ.get("PARTNERS_VAR_DIR") or ROOT / "var").resolve()


def sandbox_venv() -> Path:
    """Where BigQuery's emulator is installed: its packages do not agree with the product's."""
    return var_dir() / "venv-sandbox"


def shown(path: Path) -> str:
    """The path as a person in the project's folder would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
