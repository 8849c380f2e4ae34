"""The product runs with requirements.txt alone; tests have more installed and would not notice."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
OURS = ("clevertap_partners", "exports", "imports", "integrations")
ELSEWHERE = {
    # In the environment of the sandbox's emulator, with requirements-sandbox.txt.
    ROOT / "clevertap_partners/sandbox/bigquery_emulator.py",
    # In the environment of checks and tests, with requirements-dev.txt.
    ROOT / "clevertap_partners/messages.py",
}
MODULES = sorted({path for name in OURS for path in (ROOT / name).rglob("*.py")} - ELSEWHERE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> set[str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return {canonical(line.partition("==")[0]) for line in lines if re.match(r"[\w.-]+==", line)}


def running(node: ast.AST) -> Iterator[ast.AST]:
    """All that is below the node, but for what only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from running(child)


def imported(path: Path) -> set[str]:
    """Top-level names that the module imports when it runs."""
    names = set()
    for node in running(ast.parse(path.read_text())):
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
