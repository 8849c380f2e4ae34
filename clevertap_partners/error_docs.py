"""Makes docs/errors.md of the tables of faults.

`python -m clevertap_partners.error_docs [--check]`
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from clevertap_partners.core.errors import Turn
from clevertap_partners.core.faults import Fault

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
# Every table, in the order of the page: its module, and who the partner in it is.
TABLES: dict[str, str] = {
    "integrations.partners.google.faults": "Google",
    "integrations.partners.gcs.faults": "Google",
    "integrations.partners.bigquery.faults": "Google",
    "integrations.faults": "the partner",
    "exports.faults": "the partner",
    "imports.faults": "the partner",
    "clevertap_partners.eventstore.faults": "the partner",
}
INTRODUCTION = """\
# Errors

This page is generated from the tables of faults: change them, then run
`python -m clevertap_partners.error_docs`. A test compares both, and the codes with the sources.

Every failure has a stable code, a sentence that says what happened, and a fix; words in *italics*
and in CAPITALS are filled in. A code may have several rows, each for its own circumstances.

- **Retried: no.** Trying again changes nothing until somebody acts. A run in such trouble keeps
  what it has written and looks again every hour, or at once when the key is replaced or somebody
  presses *Try again now*. If it is the customer's turn, the creator of an export gets an e-mail; if
  it is ours, not. Imports send none.
- **Retried: yes.** Trying again may help. We do, with growing pauses, before we tell anybody. An
  upload is tried for up to two minutes inside a run; after that the run itself is tried again.

The words are in `faults.py` of each part, down one page. Those of the partners are in
`integrations/partners/`, where `errors.py` of each says which answer is which fault; what all of
Google's services share is in `google/`, with `token_errors.py` for its sign-in. The sandbox gives
each of Google's answers by its name: on the page of a bucket in its console, or as a fault
`{"answer": "…"}` (`answers.py` in `clevertap_partners/sandbox/gateway/`, and in `bigquery/` there).

Why single rows of an import fail is not here: the codes and sentences are in
`imports/row_faults.py`, and each run shows its own.
"""
HEADINGS = "| code | what happened | whose turn | retried | what to do |\n|---|---|---|---|---|"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if it differs")
    if not parser.parse_args().check:
        PAGE.write_text(page())
        return 0
    if PAGE.read_text() == page():
        return 0
    sys.stderr.write(f"{PAGE.name} is not what the tables say. Run: python -m {__spec__.name}\n")
    return 1


def page() -> str:
    parts = [INTRODUCTION, *(section for module in TABLES for section in sections(module))]
    return "\n".join(parts)


def table_of(module: str) -> dict[str, Fault]:
    """The faults of a module by the names of their constants, in its order."""
    values = vars(importlib.import_module(module)).items()
    return {name: value for name, value in values if isinstance(value, Fault)}


def sections(module: str) -> Iterator[str]:
    faults = table_of(module).values()
    for title, rows in itertools.groupby(faults, key=lambda fault: fault.section):
        lines = "\n".join(row(fault, TABLES[module]) for fault in rows)
        yield f"## {title}\n\n{HEADINGS}\n{lines}\n"


def row(fault: Fault, partner: str) -> str:
    turns = {Turn.CUSTOMER: "the customer", Turn.PARTNER: partner, Turn.US: "us"}
    cells = (
        f"`{fault.code}`",
        in_markdown(fault.happened),
        turns[fault.turn],
        "yes" if fault.retried else "no",
        in_markdown(fix_of(fault)),
    )
    return f"| {' | '.join(cells)} |"


def fix_of(fault: Fault) -> str:
    words, _, command = fault.fix.partition("\n")
    help_page = f" [Read more]({fault.help_url})" if fault.help_url else ""
    return f"{words}{f' `{command}`' if command else ''}{help_page}".strip()


def in_markdown(text: str) -> str:
    """Named places in italics, in a command in capitals; on one line of a table."""
    words = re.split(r"(`[^`]*`)", text)
    shown = (_in_code(part) if part.startswith("`") else _in_words(part) for part in words)
    return "".join(shown).replace("{{", "{").replace("}}", "}").replace("|", "\\|")


_PLACE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


def _in_words(text: str) -> str:
    return _PLACE.sub(lambda place: f"*{place[1].replace('_', ' ')}*", text)


def _in_code(text: str) -> str:
    return _PLACE.sub(lambda place: place[1].upper(), text)


if __name__ == "__main__":
    sys.exit(main())
