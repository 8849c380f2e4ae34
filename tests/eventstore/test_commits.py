"""What arrived when, as the log of the table tells it."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path

import pyarrow.fs as pafs
import pytest
import time_machine
from deltalake import DeltaTable, write_deltalake

from clevertap_partners.core.errors import PermanentError, Turn
from clevertap_partners.eventstore import commits
from clevertap_partners.eventstore.commits import commits_between, files_added, version_at
from clevertap_partners.eventstore.files import read_commit
from clevertap_partners.eventstore.query import Query
from tests.lakes import DAY, event, open_reader, write_lake

AT_TEN = datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
EVERY_DAY = (datetime.date.min, datetime.date.max)


def load(lake: Path, name: str, at: datetime.datetime, *records: dict[str, object]) -> None:
    with time_machine.travel(at, tick=False):
        write_lake(lake, records or [event(name)], load=name)


def seen(lake: Path, since: int, upto: int) -> list[str]:
    """The record ids that arrived between two versions, day by day in the order of reading."""
    reader = open_reader(lake)
    counts = reader.counts(
        version=upto, first_day=EVERY_DAY[0], last_day=EVERY_DAY[1], event_names=None, since=since
    )
    ids = []
    for day in sorted({count.event_day for count in counts}):
        batches = reader.scan(
            version=upto, day=day, event_names=None, query=Query(["record_id"]), since=since
        )
        ids += [row for batch in batches for row in batch.column("record_id").to_pylist()]
    assert len(ids) == sum(count.rows for count in counts)
    return ids


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The versions whose commits have been read."""
    versions: list[int] = []

    def watched(store: pafs.FileSystem, version: int) -> bytes:
        versions.append(version)
        return read_commit(store, version)

    monkeypatch.setattr(commits, "read_commit", watched)
    return versions


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "events"


def test_only_what_arrived_in_between_is_read_whatever_its_day(lake: Path) -> None:
    load(lake, "A", AT_TEN, event("A", 1), event("A", -86_400 * 5))
    load(lake, "B", AT_TEN, event("B", 1), event("A", 2))
    load(lake, "C", AT_TEN, event("C", -86_400 * 30), event("A", 3))
    assert seen(lake, 1, 3) == ["C--2592000", "A-2", "A-3", "B-1"]
    assert seen(lake, 2, 2) == []


def test_the_newest_version_of_a_moment_is_found(lake: Path) -> None:
    load(lake, "A", AT_TEN)
    load(lake, "B", AT_TEN + 10 * MINUTE)
    load(lake, "C", AT_TEN + 20 * MINUTE)
    assert version_at(str(lake), since=0, moment=AT_TEN - MINUTE) == 0
    assert version_at(str(lake), since=0, moment=AT_TEN + 10 * MINUTE) == 2
    assert version_at(str(lake), since=2, moment=AT_TEN) == 2
    assert version_at(str(lake), since=0, moment=AT_TEN + 99 * MINUTE) == 3


def test_a_commit_from_the_future_holds_nothing_back(lake: Path) -> None:
    load(lake, "A", AT_TEN)
    load(lake, "B", AT_TEN + datetime.timedelta(days=900))
    with time_machine.travel(AT_TEN + MINUTE):
        assert version_at(str(lake), since=0, moment=AT_TEN) == 2


def test_without_a_table_there_is_no_version(lake: Path) -> None:
    assert version_at(str(lake), since=0, moment=AT_TEN) is None


def test_a_deletion_brings_nothing(lake: Path) -> None:
    load(lake, "A", AT_TEN, event("A", 1), event("A", 2))
    DeltaTable(str(lake)).delete("record_id = 'A-1'")
    assert seen(lake, 1, 2) == []
    assert seen(lake, 0, 1) == ["A-1", "A-2"]


def test_rows_changed_by_somebody_else_are_not_taken_for_arrivals(lake: Path) -> None:
    load(lake, "A", AT_TEN)
    table = DeltaTable(str(lake))
    write_deltalake(table, table.to_pyarrow_table(), mode="overwrite")
    with pytest.raises(PermanentError) as caught:
        list(commits_between(str(lake), 1, 2))
    assert (caught.value.code, caught.value.turn) == ("lake_rewritten", Turn.US)


def test_a_log_that_is_gone_is_said_and_not_skipped(lake: Path) -> None:
    load(lake, "A", AT_TEN)
    load(lake, "B", AT_TEN)
    (lake / "_delta_log" / f"{1:020}.json").unlink()
    with pytest.raises(PermanentError) as caught:
        list(commits_between(str(lake), 0, 2))
    assert caught.value.code == "lake_history_gone"


def test_a_commit_says_when_its_writer_wrote_it(lake: Path) -> None:
    load(lake, "A", AT_TEN)
    (commit,) = commits_between(str(lake), 0, 1)
    assert commit.written_at == AT_TEN
    assert [file.day for file in commit.added] == [DAY]
    log = (lake / "_delta_log" / f"{1:020}.json").read_text().splitlines()
    info = next(json.loads(line)["commitInfo"] for line in log if "commitInfo" in line)
    assert info["committed_at"] == AT_TEN.timestamp() * 1000


def test_a_window_is_read_once_however_often_it_is_asked_for(lake: Path, read: list[int]) -> None:
    for name in "ABCD":
        load(lake, name, AT_TEN)
    first = files_added(str(lake), 1, 4)
    assert sorted(read) == [2, 3, 4]
    read.clear()
    assert files_added(str(lake), 1, 4) == first
    # The last commit tells that the table is still the same one.
    assert read == [4]
    assert [file.path for file in first] == [
        file.path for each in commits_between(str(lake), 1, 4) for file in each.added
    ]


def test_windows_that_differ_have_files_of_their_own(lake: Path) -> None:
    for name in "ABC":
        load(lake, name, AT_TEN)
    one, two = files_added(str(lake), 0, 2), files_added(str(lake), 1, 3)
    assert one[1:] == two[:1]
    assert len({*one, *two}) == 3
    assert files_added(str(lake), 3, 3) == ()


def test_a_table_that_was_made_anew_is_not_taken_for_the_old_one(lake: Path) -> None:
    def made() -> set[str]:
        load(lake, "A", AT_TEN)
        load(lake, "B", AT_TEN)
        return {file.path for file in files_added(str(lake), 0, 2)}

    old = made()
    shutil.rmtree(lake)
    assert not old & made()


def test_a_log_that_was_gone_is_read_when_it_is_back(lake: Path) -> None:
    load(lake, "A", AT_TEN)
    load(lake, "B", AT_TEN)
    log = lake / "_delta_log" / f"{1:020}.json"
    log.rename(lake / "away")
    with pytest.raises(PermanentError):
        files_added(str(lake), 0, 2)
    (lake / "away").rename(log)
    assert len(files_added(str(lake), 0, 2)) == 2


def test_many_commits_come_in_their_order(lake: Path) -> None:
    for number in range(20):
        load(lake, f"E{number}", AT_TEN + number * MINUTE)
    found = list(commits_between(str(lake), 0, 20))
    assert [commit.version for commit in found] == list(range(1, 21))
    assert [commit.written_at for commit in found] == [AT_TEN + n * MINUTE for n in range(20)]
    assert version_at(str(lake), since=0, moment=AT_TEN) == 1
