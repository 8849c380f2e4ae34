"""manage.py load_events FILE --account ID: upload records into the event lake."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.core.management.base import CommandError
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.models import Account
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.changes import differences
from clevertap_partners.core.commands import NotedCommand
from clevertap_partners.core.errors import PartnersError
from clevertap_partners.eventstore.batches import Reject
from clevertap_partners.eventstore.loading import LoadSummary, Observer, events_load

SHOWN_REJECTS = 20


class Command(NotedCommand):
    help = (
        "Load events and profiles from a file of upload records, NDJSON or Parquet. The same file "
        "loaded twice lands once; records that cannot be loaded are listed with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--account", type=int, required=True, help="the account's id")
        parser.add_argument(
            "--rejects", type=Path, help="where rejects go (default: FILE.rejects.ndjson)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        account = find_account(options["account"])
        rejects_path = options["rejects"] or path.with_name(f"{path.name}.rejects.ndjson")
        self._shown = 0
        try:
            summary = events_load(
                account=account,
                path=_checked(path),
                rejects_path=rejects_path,
                observer=Observer(self._show_reject, self._show_progress),
            )
        except (PartnersError, OSError, pa.ArrowException) as error:
            fix = getattr(error, "fix", "")
            raise CommandError(
                f"The load stopped: {error} Batches that had landed stay, and loading the file "
                f"again adds only the rest. {fix}".rstrip()
            ) from error
        self._report(path, summary, rejects_path)
        note_load(
            account, gettext_noop("events loaded"), path.name, (summary.events, summary.profiles)
        )

    def _show_reject(self, reject: Reject) -> None:
        self._shown += 1
        if self._shown <= SHOWN_REJECTS:
            self.stderr.write(f"Line {reject.line}: the record {reject.reason}.")

    def _show_progress(self, summary: LoadSummary) -> None:
        self.stdout.write(f"{summary.records:,} records read …")

    def _report(self, path: Path, summary: LoadSummary, rejects_path: Path) -> None:
        if not summary.records:
            raise CommandError(f"{path} holds no records, so nothing was loaded.")
        self.stdout.write(
            f"Loaded {summary.events:,} events and {summary.profiles:,} profiles; "
            f"{summary.already_there:,} were there already; {summary.rejected:,} rejected."
        )
        if summary.rejected:
            self.stdout.write(f"The rejects and their reasons are in {rejects_path}.")


def note_load(account: Account, action: str, subject: str, counts: tuple[int, int]) -> None:
    """In the audit log, where events or profiles were added."""
    added = dict(
        zip((gettext_noop("Events added"), gettext_noop("Profiles added")), counts, strict=True)
    )
    if any(added.values()):
        audit_record(
            account=account,
            actor=None,
            action=action,
            subject=subject,
            changes=differences({}, {name: f"{count:,}" for name, count in added.items()}),
        )


def find_account(account_id: int) -> Account:
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise CommandError(f"There is no account {account_id}. The admin lists the accounts.")
    return account


def _checked(path: Path) -> Path:
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    if not path.stat().st_size:
        raise CommandError(f"{path} is empty, so nothing was loaded.")
    return path
