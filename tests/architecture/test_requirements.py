"""The product runs with requirements.txt alone; tests have more installed and would not notice."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
OURS = ("clevertap_partners", "exports", "integrations")
# Runs in the environment of the sandbox's emulator, with requirements-sandbox.txt.
ELSEWHERE = ROOT / "clevertap_partners/sandbox/bigquery_emulator.py"
MODULES = sorted(path for name in OURS for path in (ROOT / name).rglob("*.py") if path != ELSEWHERE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> set[str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return {canonical(line.partition("==")[0]) for line in lines if re.match(r"[\w.-]+==", line)}


def imported(path: Path) -> set[str]:
    """Top-level names that the module imports when it runs."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - set(OURS)


def test_requirements_are_pinned_and_modules_are_found() -> None:
    assert "django" in pinned()
    assert len(MODULES) > 100


@pytest.mark.parametrize("name", sorted(set().union(*map(imported, MODULES))))
def test_what_the_product_imports_is_among_its_requirements(name: str) -> None:
    providers = {canonical(each) for each in packages_distributions().get(name, ())}
    assert providers & pinned(), f"{name} is not in requirements.in"
