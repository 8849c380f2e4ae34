"""Loads a file of upload records into an account's lake, each record once."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.batches import Batch, Batcher, Reject
from clevertap_partners.eventstore.canonical import Capture
from clevertap_partners.eventstore.catalogue import catalogue_catch_up, catalogue_update
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.profiles import ProfileWriter
from clevertap_partners.eventstore.selectors import event_names
from clevertap_partners.eventstore.survey import survey
from clevertap_partners.eventstore.uploads import file_digest, read_uploads
from clevertap_partners.eventstore.writer import EventWriter, without_repeats


@dataclass
class LoadSummary:
    """What became of the records of a file so far."""

    records: int = 0
    events: int = 0
    profiles: int = 0
    already_there: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Observer:
    """Who wants to hear of rejects and of progress while a file is loaded."""

    rejected: Callable[[Reject], None]
    progressed: Callable[[LoadSummary], None]


def events_load(
    *, account: Account, path: Path, rejects_path: Path, observer: Observer
) -> LoadSummary:
    """Load the good records, write the others to `rejects_path`, and keep the catalogue true.

    Safe to repeat at any time: what has landed is not loaded again.
    """
    # Also after a load that was killed between a commit and its place in the catalogue.
    catalogue_catch_up(account=account)
    digest = file_digest(path)
    batcher = Batcher(
        file_id=digest[:16],
        capture=Capture(account.zone, int(timezone.now().timestamp())),
        event_names=event_names(account=account),
    )
    load = _Load(account, app_id=f"load:{digest}")
    with ExitStack() as stack:
        rejects = _RejectFile(rejects_path, stack)
        for batch in batcher.batches(read_uploads(path)):
            load.write(batch)
            for reject in batch.rejects:
                rejects.add(reject)
                observer.rejected(reject)
            observer.progressed(load.summary)
    return load.summary


class _Load:
    """One file on its way into one account's lake."""

    def __init__(self, account: Account, *, app_id: str) -> None:
        self.summary = LoadSummary()
        self._account = account
        self._app_id = app_id
        self._events = EventWriter(events_uri(account.pk))
        self._profiles = ProfileWriter(profiles_uri(account.pk))
        # A batch carries the number of its last line: a batch size that changes between two loads
        # of a file does no harm.
        self._landed = self._events.landed(app_id=app_id) or 0

    def write(self, batch: Batch) -> None:
        self._write_events(batch)
        self._write_profiles(batch)
        self.summary.records += batch.records
        self.summary.rejected += len(batch.rejects)

    def _write_events(self, batch: Batch) -> None:
        rows = without_repeats(batch.events_after(self._landed))
        if batch.has_given_ids:
            rows = self._events.without_known(rows)
        version = None
        if rows.num_rows:
            version = self._events.write(rows, app_id=self._app_id, batch=batch.last_line)
        loaded = 0
        if version is not None:
            found = survey(rows)
            catalogue_update(account=self._account, found=found, version=version)
            loaded = found.rows
        self.summary.events += loaded
        self.summary.already_there += len(batch.event_lines) - loaded

    def _write_profiles(self, batch: Batch) -> None:
        if not batch.profiles:
            return
        merged = self._profiles.merge(batch.profiles, app_id=self._app_id, batch=batch.last_line)
        if merged is None:
            self.summary.already_there += len(batch.profiles)
        else:
            self.summary.profiles += len(batch.profiles)


class _RejectFile:
    """NDJSON of line, reason and record; made with the first reject."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._path = path
        self._stack = stack
        self._stream: TextIO | None = None

    def add(self, reject: Reject) -> None:
        if self._stream is None:
            self._stream = self._stack.enter_context(self._path.open("w", encoding="utf-8"))
        entry = {"line": reject.line, "reason": reject.reason, "record": reject.text}
        self._stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
