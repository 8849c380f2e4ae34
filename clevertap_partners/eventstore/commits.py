"""[pure] What arrived between two versions of a table: from its log, not from any clock.

A commit that adds rows names the files that it added. Compaction names files too, but says of them
that no data changed, so what arrived stays the same whatever was compacted since.
"""

from __future__ import annotations

import datetime
import json
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

import pyarrow.fs as pafs

from clevertap_partners.core.faults import error
from clevertap_partners.eventstore import faults
from clevertap_partners.eventstore.committing import written_at
from clevertap_partners.eventstore.files import newest_version, read_commit, store_of

# Commits that are read side by side where a store takes its time.
READERS = 8
# Whose files a process remembers: those of the runs that it writes units of.
WINDOWS = 4

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A data file of the table, by its path below it; `day` is None where there are no days."""

    path: str
    size: int
    day: datetime.date | None


@dataclass(frozen=True)
class Commit:
    """One version: when it was written, by its writer's clock, and the files with new rows."""

    version: int
    written_at: datetime.datetime
    added: tuple[AddedFile, ...]


def commits_between(table_uri: str, since: int, upto: int) -> Iterator[Commit]:
    """The commits after version `since` up to `upto`, in order.

    Raises PermanentError `lake_history_gone` when one is no longer there, and `lake_rewritten` when
    one has changed rows that were there before.
    """
    yield from _each(table_uri, _commit, range(since + 1, upto + 1))


def files_added(table_uri: str, since: int, upto: int) -> tuple[AddedFile, ...]:
    """The files with what arrived after version `since` up to `upto`, in order of arrival.

    Raises what `commits_between` raises. Commits never change: a process that asks again, as it
    does for each unit of a run, is told from memory.
    """
    if upto <= since:
        return ()
    # No two histories have the same last commit, should a table have been restored meanwhile.
    return _files_added(table_uri, since, upto, _log(store_of(table_uri), upto))


@lru_cache(maxsize=WINDOWS)
def _files_added(table_uri: str, since: int, upto: int, last: bytes) -> tuple[AddedFile, ...]:
    commits = commits_between(table_uri, since, upto - 1)
    return tuple(file for each in (*commits, _parsed(upto, last)) for file in each.added)


def version_at(table_uri: str, *, since: int, moment: datetime.datetime) -> int | None:
    """The newest version after `since` that was there at `moment`; `since` when there is none.

    A writer's clock may be wrong. Then a version counts as later or earlier than it was, and what
    it added goes out with another run; as runs follow each other by version, with exactly one. A
    commit from the future says nothing about when it came, and counts as there. None: no table.
    """
    newest = newest_version(table_uri)
    if newest is None:
        return None
    now, versions = datetime.datetime.now(datetime.UTC), range(newest, since, -1)
    moments = _each(table_uri, _moment, versions)
    for version, written in zip(versions, moments, strict=True):
        if written <= moment or written > now:
            return version
    return min(since, newest)


def _each(
    table_uri: str, read: Callable[[pafs.FileSystem, int], Told], versions: range
) -> Iterator[Told]:
    """What `read` tells of each version, in their order; a few are read ahead."""
    store = store_of(table_uri)
    # From a disk one reader is the fastest.
    with ThreadPoolExecutor(READERS if "://" in table_uri else 1) as pool:
        for start in range(0, len(versions), READERS):
            yield from pool.map(partial(read, store), versions[start : start + READERS])


def _log(store: pafs.FileSystem, version: int) -> bytes:
    try:
        return read_commit(store, version)
    except FileNotFoundError as gone:
        raise error(faults.LAKE_HISTORY_GONE, version=version) from gone


def _moment(store: pafs.FileSystem, version: int) -> datetime.datetime:
    # Parsed is only what may tell it: the rest of a commit, all its files, is far longer.
    lines = [line for line in _log(store, version).splitlines() if b'"commitInfo"' in line]
    return written_at(_info([json.loads(line) for line in lines]))


def _commit(store: pafs.FileSystem, version: int) -> Commit:
    return _parsed(version, _log(store, version))


def _parsed(version: int, log: bytes) -> Commit:
    actions = [json.loads(line) for line in log.splitlines()]
    info = _info(actions)
    added = [each["add"] for each in actions if "add" in each and each["add"]["dataChange"]]
    removed = [each for each in actions if "remove" in each and each["remove"]["dataChange"]]
    if removed:
        added = _left_over(version, info, added)
    return Commit(version, written_at(info), tuple(_file(each) for each in added))


def _info(actions: list[dict[str, Any]]) -> dict[str, Any]:
    return next((each["commitInfo"] for each in actions if "commitInfo" in each), {})


def _left_over(version: int, info: dict[str, Any], added: list[dict[str, Any]]) -> list[Any]:
    """Nothing arrives with a deletion: the files it adds hold the rows that it left."""
    if info.get("operation") == "DELETE":
        return []
    raise error(faults.LAKE_REWRITTEN, version=version)


def _file(add: dict[str, Any]) -> AddedFile:
    day = add.get("partitionValues", {}).get("event_day")
    return AddedFile(
        path=urllib.parse.unquote(add["path"]),
        size=int(add["size"]),
        day=datetime.date.fromisoformat(day) if day else None,
    )
