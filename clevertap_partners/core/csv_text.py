"""[pure] Lines of CSV, as RFC 4180 has them, that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# First characters by which a spreadsheet takes a text for a formula (OWASP, CSV injection), also in
# the wide forms that some read as the others.
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$")


def csv_lines(rows: Iterable[Sequence[str | None]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _cell(text: str | None) -> str:
    if text is None:
        return ""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
