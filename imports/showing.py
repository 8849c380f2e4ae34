"""What the screens say of imports: the next run, the run under way, where the rows come from."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clevertap_partners.core.pace import rows_a_second, time_left
from clevertap_partners.core.templatetags.ui import number
from clevertap_partners.core.timing import clock, clocks, near_clock, until
from imports import mapping, schedule
from imports.models import Import, ImportRun
from imports.selectors import RECENT

NEXT_RUNS = 3
# From here on a time in minutes does without its seconds.
PRECISE_MIN = 10
# In English, as files of failed rows have it; see `format_words`.
FORMATS = {
    mapping.EPOCH_S: gettext_noop("seconds since 1970"),
    mapping.EPOCH_MS: gettext_noop("milliseconds since 1970"),
    mapping.NATIVE: gettext_noop("as the column has it"),
    mapping.DATE: gettext_noop("date"),
    mapping.TIMESTAMP: gettext_noop("timestamp"),
}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class NextRun:
    """When an import runs next: in words that change with time, and as the clock shows it."""

    words: str
    at: str = ""


def next_run(item: Import, zone: zoneinfo.ZoneInfo, under_way: ImportRun | None) -> NextRun | None:
    """None when there is no next run, as of a draft."""
    if item.status == Import.Status.PAUSED:
        return NextRun(_("paused"), _("nothing runs until somebody resumes it"))
    if item.status not in Import.ACTIVE:
        return None
    if item.run_queued and under_way:
        return NextRun(_("queued"), _("begins when the run under way ends"))
    due, now = item.next_run_at, timezone.now()
    if due is None:
        by_hand = item.frequency == Import.Frequency.MANUAL
        return NextRun(_("when you run it")) if by_hand else None
    if due <= now:
        return NextRun(_("due now"), near_clock(due, zone, now))
    return NextRun(until(due, now), clocks([due], zone, now)[0])


def next_clocks(item: Import, zone: zoneinfo.ZoneInfo) -> list[str]:
    """The next runs of an import that runs by itself."""
    due, now = item.next_run_at, timezone.now()
    if due is None or item.status not in Import.ACTIVE:
        return []
    following = schedule.slots_after(
        item.frequency, item.schedule, zone, after=max(due, now), count=NEXT_RUNS
    )
    ahead = [due] if due > now else []
    return clocks([*ahead, *following][:NEXT_RUNS], zone, now)


def cursor_text(cursor_us: int | None, zone: zoneinfo.ZoneInfo) -> str:
    """Up to when rows were read, in account time; empty before the first run."""
    if cursor_us is None:
        return ""
    try:
        return clock(EPOCH + datetime.timedelta(microseconds=cursor_us), zone)
    except OverflowError:  # a cursor is any 64-bit number, a calendar ends with the year 9999
        seconds = number(cursor_us // 1_000_000)
        return _("{seconds} seconds since 1970").format(seconds=seconds)


@dataclass(frozen=True)
class Progress:
    """How far a run under way is. What is not known yet is None."""

    phase: str
    rows_read: int
    rows_expected: int
    rows_failed: int
    percent: int | None = None
    rows_a_second: int | None = None
    time_left: str = ""


def progress_of(run: Any, now: datetime.datetime) -> Progress:
    """`run` comes from imports.selectors.with_progress."""
    read, expected = run.read_so_far, run.rows_expected
    speed = _speed(run, now)
    return Progress(
        phase_of(run),
        read,
        expected,
        run.failed_so_far,
        percent=min(100, 100 * read // expected) if expected else None,
        rows_a_second=round(speed) or None if speed else None,
        time_left=time_left((expected - read) / speed) if speed and read < expected else "",
    )


def is_without_success(run: ImportRun) -> bool:
    """Done, but every row that it had to import has failed."""
    return run.status == ImportRun.Status.DONE and bool(run.rows_failed) and not run.rows_imported


def is_read_again(run: ImportRun) -> bool:
    """Whether the next run of the import begins where this one began, so that it has no need of
    another try for the rows that failed."""
    return not run.cursor_moved and run.failed_rows_of_id is None


def had_read_all(run: Any) -> bool:
    """Whether nothing but the landing of its rows was left to do. `run` as for `progress_of`."""
    return bool(run.parts) and not (run.streams_left or run.tails_left)


def phase_of(run: Any) -> str:
    """What a worker does with the run now, or will do next."""
    again = run.trigger == ImportRun.Trigger.FAILED_ROWS
    if run.status == ImportRun.Status.PENDING:
        if run.started_at is None:
            return _("Waiting for a worker")
        return _("Collecting the failed rows") if again else _("Running the query")
    if run.streams_left:
        return _("Reading failed rows again") if again else _("Reading and checking rows")
    if run.tails_left:
        return _("Comparing rows at the cursor")
    return _("Putting the rows into your account")


def _speed(run: Any, now: datetime.datetime) -> float | None:
    """Nothing while it waits to be tried again."""
    if run.started_at is None or run.trouble_code:
        return None
    return rows_a_second(
        recent=run.read_of_late,
        window=RECENT,
        all_rows=run.read_so_far,
        since=now - run.started_at,
    )


def duration_text(run: ImportRun) -> str:
    """How long a run took, or has taken so far."""
    if run.started_at is None:
        return "–"
    end = run.finished_at or timezone.now()
    return _duration((end - run.started_at).total_seconds())


def _duration(seconds: float) -> str:
    """In the two largest units: 3 h 12 min."""
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, of_hour = divmod(minutes, 60)
    if hours and of_hour:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=of_hour)
    if hours:
        return _("{hours} h").format(hours=hours)
    if minutes and rest and minutes < PRECISE_MIN:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    if minutes:
        return _("{minutes} min").format(minutes=minutes)
    return _("{seconds} s").format(seconds=rest)


def format_words(key: str) -> str:
    """How a date is written, or a cursor counts."""
    return _(FORMATS[key]) if key in FORMATS else key


def progress_of_all(runs: Mapping[int, Any]) -> dict[int, Progress]:
    """By the import's key, as `runs` is."""
    now = timezone.now()
    return {key: progress_of(run, now) for key, run in runs.items()}
