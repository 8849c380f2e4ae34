"""Why rows of a run failed, in words: each reason with its column and its exact count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from imports import mapping, row_faults
from imports.models import ImportRun
from imports.selectors import failures_of
from imports.showing import format_words

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
    say = sentence_for(run)
    found = [
        Reason(code, column, count, say({"code": code, "column": column, "value": ANY_VALUE}))
        for code, columns in failures_of(run).items()
        for column, count in columns.items()
    ]
    return sorted(found, key=lambda reason: (-reason.count, reason.key))


def sentence_for(run: ImportRun) -> Callable[[dict[str, Any]], str]:
    """Puts a stored failure of the run into words."""
    stored = run.mapping.get("properties", [])
    dates = [each for each in stored if each["type"] == mapping.DATE_TYPE]
    formats = {each["column"]: each["format"] for each in dates}

    def sentence(failure: dict[str, Any]) -> str:
        code, column, value = failure["code"], failure["column"] or "", failure["value"] or ""
        if code not in row_faults.CODES:
            return f"“{value}” in “{column}” was not accepted ({code})."
        facts = {"format": format_words(formats[column])} if column in formats else {}
        return row_faults.sentence(code, value, column, **facts)

    return sentence
