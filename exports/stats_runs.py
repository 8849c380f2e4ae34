"""Rows and bytes of an export by run, and what a run has not sent."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.charts import Chart, Series, Spot, chart
from clevertap_partners.core.timing import clock
from exports import restarts, showing
from exports.models import Export, ExportRun
from exports.stats_lines import Line, Stats

RUNS_ON_A_PAGE = 30


def by_run(export: Export, number: str | None, zone: zoneinfo.ZoneInfo) -> Stats:
    page = Paginator(showing.runs_of(export), RUNS_ON_A_PAGE).get_page(number)
    runs = list(showing.with_totals(page))
    begun_anew = restarts.begun_anew(export)
    lines = [
        Line(
            _begun(run, zone),
            run.rows_written,
            run.bytes_written,
            run.files_written,
            missing=0 if run.pk in begun_anew else _missing(run),
            outcome=str(run.get_status_display()),
            status=run.status,
        )
        for run in runs
    ]
    return Stats("run", _("Run, by its start"), lines, page, _charts(runs, lines, zone))


def _begun(run: ExportRun, zone: zoneinfo.ZoneInfo) -> str:
    return clock(run.started_at, zone) if run.started_at else gettext("not begun")


def _missing(run: Any) -> int:
    """Rows that the run was to send and that are not in the bucket: a finished one has none."""
    return 0 if run.status == ExportRun.Status.DONE else max(0, run.rows_counted - run.rows_written)


def _charts(
    runs: Sequence[Any], lines: Sequence[Line], zone: zoneinfo.ZoneInfo
) -> tuple[Chart, ...]:
    """Time runs from left to right, while the table has the newest on top."""
    pairs = list(zip(runs, lines, strict=True))[::-1]
    spots = [Spot(line.label, _short(run, zone)) for run, line in pairs]
    series = [Series("good", gettext("In the bucket"), [line.rows for __, line in pairs])]
    for key, label, is_over in (
        ("bad", gettext("Not sent"), True),
        ("waiting", gettext("Still to send"), False),
    ):
        missing = [
            line.missing if (line.status == "stopped") == is_over else 0 for __, line in pairs
        ]
        if any(missing):
            series.append(Series(key, label, missing))
    size = [Series("good", gettext("Size"), [line.bytes for __, line in pairs])]
    return (
        chart("rows", gettext("Rows a run"), "rows", spots, series),
        chart("bytes", gettext("Size a run"), "bytes", spots, size),
    )


def _short(run: ExportRun, zone: zoneinfo.ZoneInfo) -> str:
    return date_format(run.started_at.astimezone(zone), "j M, H:i") if run.started_at else "–"
