"""Which runs do not get on, since when, and whose turn is it?"""

from __future__ import annotations

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from exports.models import ExportRun
from exports.selectors import runs_stuck

DEFAULT_HOURS = 1.0


class Command(BaseCommand):
    help = (
        "Lists open runs that are in trouble, or of which nothing was written for some hours. "
        "Ends with 1 when there are any, so that a monitor can ask."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--hours",
            type=float,
            default=DEFAULT_HOURS,
            help="How long a run may write nothing (default: %(default)s).",
        )

    def handle(self, *args: Any, hours: float, **options: Any) -> None:
        silent_since = timezone.now() - datetime.timedelta(hours=hours)
        stuck = list(runs_stuck(silent_since=silent_since))
        for run in stuck:
            self.stdout.write(describe(run))
        if not stuck:
            self.stdout.write("No run is stuck.")
            return
        self.stdout.write(f"\n{len(stuck)} stuck. Try one again: manage.py retry_run RUN")
        raise SystemExit(1)


def describe(run: ExportRun) -> str:
    export = run.export
    lines = [
        f"{run}  {export.account}  {run.get_status_display()}, "
        f"attempt {run.attempts + 1}, last written {_moment(getattr(run, 'last_written_at', None))}"
    ]
    if run.trouble_code:
        lines.append(f"    {run.trouble_code} (turn: {run.trouble_turn}): {run.trouble_message}")
    if run.next_attempt_at:
        lines.append(f"    next attempt {_moment(run.next_attempt_at)}")
    if run.worker:
        lines.append(f"    held by {run.worker} until {_moment(run.lease_until)}")
    return "\n".join(lines)


def _moment(at: datetime.datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "never"
