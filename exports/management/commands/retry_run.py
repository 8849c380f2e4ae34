"""Try a run again now, without waiting for its next attempt."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.commands import NotedCommand
from exports.models import Export, ExportRun
from exports.restarts import run_restart
from exports.runs import runs_revive
from exports.selectors import run_named


class Command(NotedCommand):
    help = "Tries an open run again now. What it has written stays and is not written again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", help="A run as stuck_runs and file names show it: 179…-179…")
        parser.add_argument(
            "--anew",
            action="store_true",
            help="Give it up and send all of its window again, in files with new names.",
        )

    def handle(self, *args: Any, run: str, anew: bool, **options: Any) -> None:
        found = run_named(run)
        if found is None:
            raise CommandError(f"There is no run {run}; a run is named request id, hyphen, time.")
        if found.status not in Export.OPEN:
            raise CommandError(f"Run {run} is {found.get_status_display().lower()}: nothing to do.")
        if anew:
            self._restart(found)
            return
        runs_revive(runs=found.export.runs.filter(pk=found.pk))
        audit_record(
            account=found.export.account,
            actor=None,
            action=gettext_noop("export retried"),
            subject=run,
        )
        self.stdout.write(f"Run {run} is tried again as soon as a worker is free.")

    def _restart(self, run: ExportRun) -> None:
        started = run_restart(run=run, actor=None)
        if started is None:
            raise CommandError(f"Run {run} is not in trouble; nothing was changed.")
        self.stdout.write(f"Run {run} is given up; run {started} sends its window again.")
