"""What arrived when, as the log of the table tells it."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
import time_machine
from deltalake import DeltaTable, write_deltalake

from clevertap_partners.core.errors import PermanentError, Turn
from clevertap_partners.eventstore.commits import commits_between, version_at
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
