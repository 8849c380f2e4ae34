"""What the stats of an export are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.utils.functional import Promise

from clevertap_partners.core.charts import Chart


@dataclass(frozen=True)
class Line:
    """One day, event, run or delay: what of it is in the bucket.

    `missing` rows of a run are not, or not yet. Bars are texts: how long they are.
    """

    label: str
    rows: int
    bytes: int = 0
    files: int = 0
    missing: int = 0
    outcome: str = ""
    status: str = ""
    share: str = ""
    rows_bar: str = ""
    bytes_bar: str = ""


@dataclass(frozen=True)
class Stats:
    """One page. `charts` are empty where bars stand in the lines themselves."""

    by: str
    column: str | Promise
    lines: Sequence[Line]
    page: Page[Any] | None = None
    charts: tuple[Chart, ...] = ()
    runs: int = 0
