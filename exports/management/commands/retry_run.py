"""Try a run again now, without waiting for its next attempt."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clevertap_partners.accounts.services import audit_record
from exports.models import Export
from exports.runs import runs_revive
from exports.selectors import run_named


class Command(BaseCommand):
    help = "Tries an open run again now. What it has written stays and is not written again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", help="A run as stuck_runs and file names show it: 179…-179…")

    def handle(self, *args: Any, run: str, **options: Any) -> None:
        found = run_named(run)
        if found is None:
            raise CommandError(f"There is no run {run}; a run is named request id, hyphen, time.")
        if found.status not in Export.OPEN:
            raise CommandError(f"Run {run} is {found.get_status_display().lower()}: nothing to do.")
        runs_revive(runs=found.export.runs.filter(pk=found.pk))
        audit_record(account=found.export.account, actor=None, action="export retried", subject=run)
        self.stdout.write(f"Run {run} is tried again as soon as a worker is free.")
