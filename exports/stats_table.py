"""The numbers of an export as a file: all lines, not just those of a page."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator

from clevertap_partners.core.english import in_english
from clevertap_partners.core.periods import PERIODS
from exports import lateness, selectors, showing
from exports.models import Export, ExportRun
from exports.stats_days import COLUMNS, period_totals

RUNS_AT_ONCE = 200


@dataclass(frozen=True)
class Table:
    """The whole of it, for a file."""

    header: Sequence[str]
    lines: Iterable[Sequence[object]]


def table_of(export: Export, *, by: str, zone: zoneinfo.ZoneInfo) -> Table:
    """`by` is one of `stats.ways`. In English whoever asks: machines read it too."""
    with in_english():
        return _table_of(export, by, zone)


def _table_of(export: Export, by: str, zone: zoneinfo.ZoneInfo) -> Table:
    if by in PERIODS:
        totals = period_totals(export, by).iterator()
        return Table(
            (str(COLUMNS[by]), "Rows", "Bytes", "Files"),
            ((one["begin"], *_sums(one)) for one in totals),
        )
    if by == "event":
        events = selectors.event_totals(export).iterator()
        return Table(
            ("Event", "Rows", "Bytes", "Files"),
            ((one["event_name"], *_sums(one)) for one in events),
        )
    if by == "run":
        outcomes = {status.value: str(status.label) for status in ExportRun.Status}
        return Table(RUN_HEADER, _run_lines(export, zone, outcomes))
    return _lateness_table(export, zone)


RUN_HEADER = (
    "Run",
    "Started",
    "Finished",
    "Outcome",
    "Rows counted",
    "Rows in the bucket",
    "Bytes",
    "Files",
    "Failures met",
)


def _sums(one: dict[str, Any]) -> tuple[int, int, int]:
    return one["total_rows"], one["total_bytes"], one["files"]


def _run_lines(
    export: Export, zone: zoneinfo.ZoneInfo, outcomes: Mapping[str, str]
) -> Iterator[Sequence[object]]:
    for page in Paginator(showing.runs_of(export), RUNS_AT_ONCE):
        for run in showing.with_totals(page):
            yield (
                str(run),
                _iso(run.started_at, zone),
                _iso(run.finished_at, zone),
                outcomes[run.status],
                run.rows_counted,
                run.rows_written,
                run.bytes_written,
                run.files_written,
                run.failures,
            )


def _lateness_table(export: Export, zone: zoneinfo.ZoneInfo) -> Table:
    found = lateness.lateness_of(export, zone)
    return Table(
        ("Came late by", "Rows", "Share"),
        [(str(delay.label), delay.rows, delay.share(found.rows)) for delay in found.delays],
    )


def _iso(moment: datetime.datetime | None, zone: zoneinfo.ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""
