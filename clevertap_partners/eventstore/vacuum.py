"""[pure] Deletes files of a table that nobody can need any more, and old commits of its log.

What is needed is told by the log, commit by commit, not by the age of files: a file stays as long
as it is in the newest version, or was in the version that somebody still reads or starts from, or
was added or removed by any commit since. delta-rs' own vacuum knows times only.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from clevertap_partners.eventstore.committing import written_at
from clevertap_partners.eventstore.files import read_commit, store_of

LOG = "_delta_log"
# Clocks of workers and of the store may differ; nothing hangs on an hour more.
CLOCK_MARGIN = datetime.timedelta(hours=1)
# Data files, and what a killed process leaves of one on a local disk.
_DATA_FILE = re.compile(r"\.parquet(#\d+)?$")
_VERSION = re.compile(r"^(\d{20})\.")
_CHECKPOINT = re.compile(r"^(\d{20})\.checkpoint\.parquet$")


@dataclass(frozen=True)
class Keep:
    """What was removed at `since` or later stays, and what versions from `version` on read."""

    since: datetime.datetime
    version: int | None = None


@dataclass
class Vacuumed:
    """What was deleted, or would be; `finished` is False when the time was up before the end."""

    files: list[str] = field(default_factory=list)
    bytes: int = 0
    log_files: list[str] = field(default_factory=list)
    finished: bool = True


def vacuum(
    table_uri: str,
    keep: Keep,
    *,
    dry_run: bool = False,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Vacuumed:
    """Delete what is neither needed nor young. May be cut off at any time, and repeated.

    Files that no commit names are taken once they are older than `keep.since`: until then a load
    may be about to commit them.
    """
    try:
        table = DeltaTable(table_uri)
    except TableNotFoundError:
        return Vacuumed()
    sweep = _Sweep(_folder(table_uri), dry_run, may_go_on)
    # Listed before the log is read: what is committed meanwhile is in the log.
    files = _data_files(sweep.store)
    table.update_incremental()
    log = _Log.read(sweep.store, int(table.version()))
    horizon = log.horizon(keep)
    if horizon is None:
        return sweep.done
    kept = _present(table) | log.named_after(horizon)
    known = log.named()
    for file in files:
        is_old = file.path in known or _written_before(file, keep.since - CLOCK_MARGIN)
        if file.path not in kept and is_old:
            sweep.delete_data(file)
    if sweep.done.finished:
        # Last: the log tells what there is to delete.
        for path in _expired_log(sweep.store, horizon):
            sweep.delete_log(path)
    return sweep.done


class _Sweep:
    """Deletes, or only notes, until the time is up."""

    def __init__(
        self, store: pafs.FileSystem, dry_run: bool, may_go_on: Callable[[], bool]
    ) -> None:
        self.store = store
        self.done = Vacuumed()
        self._dry_run = dry_run
        self._may_go_on = may_go_on

    def delete_data(self, file: pafs.FileInfo) -> None:
        if self._delete(file.path):
            self.done.files.append(file.path)
            self.done.bytes += file.size

    def delete_log(self, path: str) -> None:
        if self._delete(path):
            self.done.log_files.append(path)

    def _delete(self, path: str) -> bool:
        if not self.done.finished or not self._may_go_on():
            self.done.finished = False
            return False
        if not self._dry_run:
            with contextlib.suppress(FileNotFoundError):
                self.store.delete_file(path)
        return True


@dataclass(frozen=True)
class _Commit:
    version: int
    written_at: datetime.datetime
    paths: frozenset[str]


class _Log:
    """The newest commits of a table without a gap, oldest first."""

    def __init__(self, commits: list[_Commit], newest: int) -> None:
        self._commits = commits
        self._newest = newest

    @classmethod
    def read(cls, store: pafs.FileSystem, newest: int) -> _Log:
        return cls(list(_commits_down(store, newest))[::-1], newest)

    def horizon(self, keep: Keep) -> int | None:
        """The version up to which removed files may go; None when the log cannot tell.

        By the largest time so far: a commit is no older than the one before, whatever its writer's
        clock said.
        """
        horizon = self._newest - len(self._commits)
        if keep.version is not None and keep.version < horizon:
            return None
        latest = datetime.datetime.min.replace(tzinfo=datetime.UTC)
        for commit in self._commits:
            latest = max(latest, commit.written_at)
            is_needed = keep.version is not None and commit.version > keep.version
            if is_needed or latest >= keep.since - CLOCK_MARGIN:
                break
            horizon = commit.version
        return horizon

    def named_after(self, version: int) -> set[str]:
        """What was there at that version and is no longer, or was added since."""
        later = (commit.paths for commit in self._commits if commit.version > version)
        return set().union(*later)

    def named(self) -> set[str]:
        return self.named_after(-1)


def _commits_down(store: pafs.FileSystem, newest: int) -> Iterator[_Commit]:
    for version in range(newest, -1, -1):
        try:
            lines = read_commit(store, version).splitlines()
        except FileNotFoundError:
            return
        yield _commit(version, [json.loads(line) for line in lines])


def _commit(version: int, actions: list[dict[str, Any]]) -> _Commit:
    info: dict[str, Any] = {}
    paths = set()
    for action in actions:
        info = action.get("commitInfo", info)
        named = action.get("add") or action.get("remove")
        if named:
            paths.add(urllib.parse.unquote(named["path"]))
    return _Commit(version, written_at(info), frozenset(paths))


def _present(table: DeltaTable) -> set[str]:
    actions = pa.table(table.get_add_actions(flatten=True))
    return set(actions.column("path").to_pylist())


def _folder(table_uri: str) -> pafs.FileSystem:
    """delta-rs hides half-written files of a local disk; here they are looked for."""
    if "://" in table_uri:
        return store_of(table_uri)
    return pafs.SubTreeFileSystem(table_uri, pafs.LocalFileSystem())


def _data_files(store: pafs.FileSystem) -> list[pafs.FileInfo]:
    found = store.get_file_info(pafs.FileSelector("", recursive=True))
    return [file for file in found if file.is_file and _is_data(file.path)]


def _is_data(path: str) -> bool:
    """Names that begin with `_` or `.` are not data, by Delta's rules."""
    is_hidden = any(part.startswith(("_", ".")) for part in path.split("/"))
    return not is_hidden and bool(_DATA_FILE.search(path))


def _written_before(file: pafs.FileInfo, moment: datetime.datetime) -> bool:
    return file.mtime_ns is not None and file.mtime_ns < moment.timestamp() * 1_000_000_000


def _expired_log(store: pafs.FileSystem, horizon: int) -> list[str]:
    """Files of the log before the newest checkpoint that serves the horizon, oldest first."""
    names = [file.base_name for file in store.get_file_info(pafs.FileSelector(LOG)) if file.is_file]
    found = (int(match[1]) for name in names if (match := _CHECKPOINT.match(name)))
    for version in sorted((version for version in found if version <= horizon), reverse=True):
        if _is_whole(store, version):
            return [f"{LOG}/{name}" for name in sorted(names) if _is_before(name, version)]
    return []


def _is_whole(store: pafs.FileSystem, version: int) -> bool:
    """Everything before it hangs on this checkpoint then: does it open?"""
    try:
        with store.open_input_file(f"{LOG}/{version:020}.checkpoint.parquet") as file:
            return int(pq.read_metadata(file).num_rows) > 0
    except (OSError, pa.ArrowInvalid):
        return False


def _is_before(name: str, version: int) -> bool:
    match = _VERSION.match(name)
    return match is not None and int(match[1]) < version
