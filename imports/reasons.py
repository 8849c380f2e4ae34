"""Why rows of a run failed, in words: each reason with its column and its exact count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from imports import mapping, row_faults
from imports.models import ImportRun
from imports.selectors import failures_of
from imports.showing import FORMATS

# Stands for whatever was in the column, where a sentence is about many rows.
ANY_VALUE = "…"


@dataclass(frozen=True)
class Reason:
    """How often rows failed with this code in this column."""

    code: str
    column: str
    count: int
    sentence: str

    @property
    def key(self) -> str:
        return f"{self.code}:{self.column}"


def reasons_of(run: ImportRun) -> list[Reason]:
    """The most frequent first. A row may have failed for several."""
    put = sentence_for(run, say=gettext)
    found = [
        Reason(code, column, count, put({"code": code, "column": column, "value": ANY_VALUE}))
        for code, columns in failures_of(run).items()
        for column, count in columns.items()
    ]
    return sorted(found, key=lambda reason: (-reason.count, reason.key))


def sentence_for(
    run: ImportRun, *, say: Callable[[str], str] = str
) -> Callable[[dict[str, Any]], str]:
    """Puts a stored failure of the run into words: English ones, if `say` does not turn them."""
    stored = run.mapping.get("properties", [])
    dates = [each for each in stored if each["type"] == mapping.DATE_TYPE]
    formats = {each["column"]: each["format"] for each in dates}

    def sentence(failure: dict[str, Any]) -> str:
        code, column, value = failure["code"], failure["column"] or "", failure["value"] or ""
        form = formats.get(column, "")
        shown = FORMATS.get(form, form)
        return row_faults.sentence(code, value, column, format=shown, say=say)

    return sentence
