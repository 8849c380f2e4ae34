"""What upkeep does to one account's lake, step by step, each said in words for an operator."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
from deltalake.exceptions import DeltaError
from django.conf import settings
from django.utils import timezone

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.eventstore.compaction import Merge, event_files, merge_files, merges
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.merge import LakeUnsorted
from clevertap_partners.eventstore.needs import needed
from clevertap_partners.eventstore.profile_compaction import (
    compact_profiles,
    is_worth_it,
    small_files,
)
from clevertap_partners.eventstore.vacuum import Keep, Vacuumed, vacuum

_TROUBLES = (PartnersError, LakeUnsorted, DeltaError, pa.ArrowException, OSError)


@dataclass(frozen=True)
class Wish:
    """`thorough`: also what could wait, and the vacuum. `may_go_on` is asked between steps."""

    account_id: int
    thorough: bool = True
    dry_run: bool = False
    may_go_on: Callable[[], bool] = lambda: True


@dataclass
class Upkeep:
    """What was done, or with a dry run would be; `finished` is False when the time was up."""

    compacted: int = 0
    deleted: int = 0
    freed: int = 0
    finished: bool = True
    vacuumed: bool = False
    said: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def upkeep_carry_out(*, wish: Wish) -> Upkeep:
    """Compact, then vacuum. What fails is said, and does not keep the rest from being done."""
    done = Upkeep()
    _compact_events(wish, done)
    if done.finished:
        _compact_profiles(wish, done)
    if done.finished and wish.thorough:
        _vacuum(wish, done)
    return done


def _compact_events(wish: Wish, done: Upkeep) -> None:
    with _noted(done, "Compacting events"):
        passed: set[datetime.date] = set()
        while merge := _next_merge(wish, passed):
            if not wish.may_go_on():
                done.finished = False
                return
            if wish.dry_run or not _merge(wish, merge, done):
                passed.add(merge.day)
            if wish.dry_run:
                done.compacted += len(merge.files)
                done.said.append(f"{_words(merge)} would become one.")


def _next_merge(wish: Wish, passed: set[datetime.date]) -> Merge | None:
    """Found anew each time, because the merge before has changed what there is."""
    files = event_files(events_uri(wish.account_id))
    found = merges(files, today=timezone.now().date(), thorough=wish.thorough)
    return next((merge for merge in found if merge.day not in passed), None)


def _merge(wish: Wish, merge: Merge, done: Upkeep) -> bool:
    """False when that day is better left alone for now."""
    with _noted(done, f"Compacting {merge.day}"):
        if merge_files(events_uri(wish.account_id), merge) is not None:
            done.compacted += len(merge.files)
            done.said.append(f"{_words(merge)} became one.")
            return True
    return False


def _words(merge: Merge) -> str:
    return f"{len(merge.files)} files of {merge.day}, {merge.bytes:,} bytes,"


def _compact_profiles(wish: Wish, done: Upkeep) -> None:
    with _noted(done, "Compacting profiles"):
        uri = profiles_uri(wish.account_id)
        small = small_files(uri)
        if not is_worth_it(small, thorough=wish.thorough):
            return
        if not wish.may_go_on():
            done.finished = False
        elif wish.dry_run:
            done.compacted += len(small)
            done.said.append(f"{len(small)} small files of profiles would become few.")
        else:
            joined = compact_profiles(uri)
            done.compacted += joined.removed
            done.said.append(f"{joined.removed} files of profiles became {joined.added}.")


def _vacuum(wish: Wish, done: Upkeep) -> None:
    with _noted(done, "Deleting old files"):
        since = timezone.now() - datetime.timedelta(days=settings.LAKE_RETENTION_DAYS)
        # Asked last, so that what was begun meanwhile is known.
        needs = needed(wish.account_id)
        tables = {
            "events": (events_uri(wish.account_id), needs.events_version),
            "profiles": (profiles_uri(wish.account_id), needs.profiles_version),
        }
        for name, (uri, version) in tables.items():
            keep = Keep(since, version)
            found = vacuum(uri, keep, dry_run=wish.dry_run, may_go_on=wish.may_go_on)
            _add(done, name, found, dry_run=wish.dry_run)
        done.vacuumed = done.finished


def _add(done: Upkeep, name: str, found: Vacuumed, *, dry_run: bool) -> None:
    done.finished = done.finished and found.finished
    done.deleted += len(found.files)
    done.freed += found.bytes
    if found.files or found.log_files:
        verb = "would be" if dry_run else "were"
        done.said.append(
            f"{len(found.files)} old files of {name}, {found.bytes:,} bytes, and "
            f"{len(found.log_files)} of its log {verb} deleted."
        )


@contextlib.contextmanager
def _noted(done: Upkeep, what: str) -> Iterator[None]:
    try:
        yield
    except _TROUBLES as error:
        fix = getattr(error, "fix", "")
        done.errors.append(f"{what}: {error} {fix}".rstrip())
