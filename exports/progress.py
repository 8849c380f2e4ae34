"""How far a run is: rows of how many, how fast, and how long it will still take."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from clevertap_partners.core.pace import rows_a_second, time_left
from exports.models import Export
from exports.showing import RECENT


@dataclass(frozen=True)
class Progress:
    """What is not known yet is None, or empty."""

    rows: int
    counted: int
    bytes: int
    files: int
    percent: int | None = None
    rows_a_second: int | None = None
    time_left: str = ""


def progress_of(run: Any, now: datetime.datetime) -> Progress:
    """`run` comes from exports.showing.open_runs or stopped_runs."""
    speed = _speed(run, now)
    return Progress(
        run.rows_written,
        run.rows_counted,
        run.bytes_written,
        run.files_written,
        percent=min(100, 100 * run.rows_written // run.rows_counted) if run.rows_counted else None,
        rows_a_second=round(speed) or None if speed else None,
        time_left=time_left(_rows_left(run) / speed) if speed and _rows_left(run) else "",
    )


def progress_of_all(runs: Mapping[int, Any]) -> dict[int, Progress]:
    """By the export's key, as `runs` is."""
    now = timezone.now()
    return {key: progress_of(run, now) for key, run in runs.items()}


def _rows_left(run: Any) -> int:
    return max(0, int(run.rows_counted - run.rows_written))


def _speed(run: Any, now: datetime.datetime) -> float | None:
    """Nothing while it waits to be tried again, or has ended."""
    if run.started_at is None or run.trouble_code or run.status not in Export.OPEN:
        return None
    return rows_a_second(
        recent=run.recent_rows, window=RECENT, all_rows=run.rows_written, since=now - run.started_at
    )
