"""[pure] What a reader of the lake is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clevertap_partners.eventstore.memo import Memo


@dataclass(frozen=True)
class Query:
    """SQL select lists, each over what the one before gives, the first over the lake's columns.

    `memos` may be called in them. `names` are the first and last event, in the order of the lake,
    that the query is for; None for all of them, and for profiles. `cells` is how many values an
    expression makes of a row at most, there or not: they take memory like a row's bytes.
    """

    projections: Sequence[str]
    memos: Sequence[Memo] = ()
    names: tuple[str, str] | None = None
    cells: int = 0
