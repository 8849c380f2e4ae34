"""[pure] What arrived between two versions of a table: from its log, not from any clock.

A commit that adds rows names the files that it added. Compaction names files too, but says of them
that no data changed, so what arrived stays the same whatever was compacted since.
"""

from __future__ import annotations

import datetime
import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.fs as pafs

from clevertap_partners.core.faults import error
from clevertap_partners.eventstore import faults
from clevertap_partners.eventstore.files import newest_version, read_commit, store_of


@dataclass(frozen=True)
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
    store = store_of(table_uri)
    for version in range(since + 1, upto + 1):
        yield _commit(version, _actions(store, version))


def version_at(table_uri: str, *, since: int, moment: datetime.datetime) -> int | None:
    """The newest version after `since` that was there at `moment`; `since` when there is none.

    A writer's clock may be wrong. Then a version counts as later or earlier than it was, and what
    it added goes out with another run; as runs follow each other by version, with exactly one. A
    commit from the future says nothing about when it came, and counts as there. None: no table.
    """
    newest = newest_version(table_uri)
    if newest is None:
        return None
    store, now = store_of(table_uri), datetime.datetime.now(datetime.UTC)
    for version in range(newest, since, -1):
        written_at = _written_at(_info(_actions(store, version)))
        if written_at <= moment or written_at > now:
            return version
    return min(since, newest)


def _actions(store: pafs.FileSystem, version: int) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in read_commit(store, version).splitlines()]
    except FileNotFoundError as gone:
        raise error(faults.LAKE_HISTORY_GONE, version=version) from gone


def _info(actions: list[dict[str, Any]]) -> dict[str, Any]:
    return next((each["commitInfo"] for each in actions if "commitInfo" in each), {})


def _commit(version: int, actions: list[dict[str, Any]]) -> Commit:
    info = _info(actions)
    added = [each["add"] for each in actions if "add" in each and each["add"]["dataChange"]]
    removed = [each for each in actions if "remove" in each and each["remove"]["dataChange"]]
    if removed:
        added = _left_over(version, info, added)
    return Commit(version, _written_at(info), tuple(_file(each) for each in added))


def _left_over(version: int, info: dict[str, Any], added: list[dict[str, Any]]) -> list[Any]:
    """Nothing arrives with a deletion: the files it adds hold the rows that it left."""
    if info.get("operation") == "DELETE":
        return []
    raise error(faults.LAKE_REWRITTEN, version=version)


def _written_at(info: dict[str, Any]) -> datetime.datetime:
    milliseconds = info.get("committed_at") or info.get("timestamp") or 0
    return datetime.datetime.fromtimestamp(int(milliseconds) / 1000, datetime.UTC)


def _file(add: dict[str, Any]) -> AddedFile:
    day = add.get("partitionValues", {}).get("event_day")
    return AddedFile(
        path=urllib.parse.unquote(add["path"]),
        size=int(add["size"]),
        day=datetime.date.fromisoformat(day) if day else None,
    )
