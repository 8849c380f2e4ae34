"""docs/errors.md, the tables of faults, and what the sources raise say the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from clevertap_partners.core.errors import Turn
from clevertap_partners.core.faults import Fault
from clevertap_partners.error_docs import PAGE, TABLES, page, table_of
from integrations.partners.registry import PARTNERS

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("clevertap_partners", "exports", "imports", "integrations")
# Webhooks have a delivery log that shows their own codes, and the sandbox plays Google.
NOT_OURS = ("clevertap_partners/webhooks", "clevertap_partners/sandbox")
FAULTS = [fault for module in TABLES for fault in table_of(module).values()]
CODES = {fault.code for fault in FAULTS}
KINDS = {"PermanentError": False, "TransientError": True}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            name = str(file.relative_to(ROOT))
            if not name.startswith(NOT_OURS) and "/migrations/" not in name:
                yield name, ast.parse(file.read_text())


def raised() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call with a code written out: where, the call, the code."""
    for name, tree in sources():
        for node in ast.walk(tree):
            code = keyword(node, "code") if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and isinstance(code, ast.Constant) and code.value:
                yield f"{name}:{node.lineno}", node, str(code.value)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def names_used() -> set[str]:
    """Every name and attribute outside the tables themselves."""
    used = set()
    for name, tree in sources():
        if not name.endswith("/faults.py"):
            used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return used


def test_the_page_is_what_the_tables_say():
    assert PAGE.read_text() == page(), "run: python -m clevertap_partners.error_docs"


def test_every_table_is_on_the_page():
    found = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("faults.py")
    }
    tables = {f"{module.replace('.', '/')}.py" for module in TABLES}

    assert found - tables == {
        "clevertap_partners/core/faults.py",  # what a fault is
        "clevertap_partners/sandbox/gateway/faults.py",  # what the sandbox does on purpose
    }


def test_every_partner_has_a_table():
    folders = {dotted.rsplit(".", 2)[0] for dotted in PARTNERS.values()}

    assert {f"{folder}.faults" for folder in folders} <= set(TABLES)


def test_every_code_that_is_raised_has_an_entry():
    missing = {where: code for where, _, code in raised() if code not in CODES}

    assert missing == {}, "add an entry to the faults.py of this part"


def test_every_entry_is_raised_somewhere():
    used, codes = names_used(), {code for _, _, code in raised()}
    dead = [
        f"{module}.{name}"
        for module in TABLES
        for name, fault in table_of(module).items()
        if name not in used and fault.code not in codes
    ]

    assert dead == []


def test_a_code_written_out_has_the_turn_and_kind_of_its_entry():
    """Where a failure is raised without its entry, both must still say the same."""
    for where, call, code in raised():
        kind = call.func.id if isinstance(call.func, ast.Name) else ""
        if kind in KINDS and code in CODES:
            turn = keyword(call, "turn")
            told = ast.unparse(turn).rpartition(".")[2] if turn else default_turn(kind)
            entry = next(fault for fault in FAULTS if fault.code == code)
            assert (entry.turn.name, entry.retried) == (told, KINDS[kind]), where


def default_turn(kind: str) -> str:
    return Turn.US.name if KINDS[kind] else Turn.CUSTOMER.name


def test_a_code_means_one_thing():
    told = {(fault.code, fault.turn, fault.retried) for fault in FAULTS}

    assert len(told) == len(CODES)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_an_entry_says_enough(fault: Fault):
    assert fault.happened[-1] in ".}"
    assert fault.fix or fault.code == "key_empty"
    assert fault.fix.count("\n") <= 1
    assert "!" not in fault.happened + fault.fix
    assert fault.help_url == "" or fault.help_url.startswith(
        ("https://cloud.google.com/", "https://status.cloud.google.com")
    )
