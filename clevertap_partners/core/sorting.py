"""Lists are sorted by what the address says: `?sort=rows`, or `?sort=-rows` for the most first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise

ASCENDING, DESCENDING = "ascending", "descending"


@dataclass(frozen=True)
class Column:
    """What a list can be sorted by. `fields` end with one that no two rows share."""

    key: str
    label: str | Promise
    fields: tuple[str, ...]
    # Which end is asked for first: the newest, the most; of words, the first letter.
    first: str = DESCENDING


@dataclass(frozen=True)
class Heading:
    """The link of a column. `direction` is empty while the list is sorted by another."""

    key: str
    label: str | Promise
    url: str
    direction: str = ""


@dataclass(frozen=True)
class Sorting:
    """By which column, in which direction."""

    column: Column
    direction: str

    @property
    def text(self) -> str:
        """As the address has it."""
        return f"-{self.column.key}" if self.direction == DESCENDING else self.column.key

    def order(self) -> list[str]:
        """For `order_by`. All fields turn together, so that one index serves both directions."""
        sign = "-" if self.direction == DESCENDING else ""
        return [f"{sign}{field}" for field in self.column.fields]


def sorting_of(columns: Sequence[Column], text: str | None) -> Sorting:
    """What the address asks for; the first column, its first way, for anything unknown."""
    key = (text or "").removeprefix("-")
    for column in columns:
        if column.key == key:
            return Sorting(column, ASCENDING if text == key else DESCENDING)
    return Sorting(columns[0], columns[0].first)


def headings(
    columns: Sequence[Column], chosen: Sorting, params: QueryDict, url: str
) -> Mapping[str, Heading]:
    """By key. A link keeps the filters of the address and begins with the first page."""
    return {column.key: _heading(column, chosen, params, url) for column in columns}


def _heading(column: Column, chosen: Sorting, params: QueryDict, url: str) -> Heading:
    is_chosen = column.key == chosen.column.key
    direction = _other(chosen.direction) if is_chosen else column.first
    query = params.copy()
    query.pop("page", None)
    query["sort"] = Sorting(column, direction).text
    shown = chosen.direction if is_chosen else ""
    return Heading(column.key, column.label, f"{url}?{query.urlencode()}", shown)


def _other(direction: str) -> str:
    return ASCENDING if direction == DESCENDING else DESCENDING
