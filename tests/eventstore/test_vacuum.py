from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import time_machine
from deltalake import DeltaTable

from clevertap_partners.core.errors import TransientError
from clevertap_partners.eventstore import profile_compaction
from clevertap_partners.eventstore.commits import commits_between
from clevertap_partners.eventstore.compaction import Merge, event_files, merge_files
from clevertap_partners.eventstore.profile_compaction import compact_profiles
from clevertap_partners.eventstore.profile_reader import ProfileReader
from clevertap_partners.eventstore.profiles import ProfileChange, ProfileWriter
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.reader import EngineLimits
from clevertap_partners.eventstore.vacuum import Keep, Vacuumed, vacuum
from clevertap_partners.eventstore.writer import EventWriter
from tests.eventstore.support import rows_of, stored_rows
from tests.lakes import DAY, event

# Files get their times from the machine's own clock, so the story begins today.
START = datetime.datetime.now(datetime.UTC)
RETENTION = datetime.timedelta(days=14)
Clock = time_machine.Traveller


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return str(tmp_path / "events")


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def load(uri: str, number: int) -> int:
    rows = rows_of(*(event("A", at, f"{number}-{at}") for at in range(3)))
    version = EventWriter(uri).write(rows, app_id=f"load-{number}", batch=1)
    assert version is not None
    return version


def compact(uri: str) -> None:
    assert merge_files(uri, Merge(DAY, tuple(event_files(uri)))) is not None


def keep(version: int | None = None) -> Keep:
    return Keep(datetime.datetime.now(datetime.UTC) - RETENTION, version)


def on_disk(uri: str) -> set[str]:
    return {str(path.relative_to(uri)) for path in Path(uri).rglob("*.parquet*")}


def data_on_disk(uri: str) -> set[str]:
    return {path for path in on_disk(uri) if not path.startswith("_")}


def present(uri: str, version: int | None = None) -> set[str]:
    table = pa.table(DeltaTable(uri, version=version).get_add_actions(flatten=True))
    return set(table.column("path").to_pylist())


def rows_at(uri: str, version: int) -> list[dict[str, Any]]:
    rows = DeltaTable(uri, version=version).to_pyarrow_table().to_pylist()
    return sorted(rows, key=lambda row: row["record_id"])


def days(count: float) -> datetime.timedelta:
    return datetime.timedelta(days=count)


def test_compacted_files_stay_for_the_retention_and_then_go(uri: str, clock: Clock) -> None:
    for number in range(3):
        load(uri, number)
    compact(uri)
    before, size = stored_rows(uri), len(data_on_disk(uri))
    clock.shift(days(13))
    assert vacuum(uri, keep()) == Vacuumed()
    clock.shift(days(1.1))
    done = vacuum(uri, keep())
    assert len(done.files) == 3
    assert done.bytes > 0
    assert len(data_on_disk(uri)) == size - 3
    assert data_on_disk(uri) == present(uri)
    assert stored_rows(uri) == before
    assert vacuum(uri, keep()) == Vacuumed()


def test_what_a_version_in_need_reads_stays_however_old_it_is(uri: str, clock: Clock) -> None:
    for number in range(4):
        load(uri, number)
    compact(uri)
    before = rows_at(uri, 2)
    clock.shift(days(300))
    vacuum(uri, keep(version=2))
    assert rows_at(uri, 2) == before
    assert present(uri, 4) <= data_on_disk(uri)
    # Removed after version 4, which reads them all.
    assert vacuum(uri, keep(version=4)).files == []
    assert len(vacuum(uri, keep(version=5)).files) == 4


def test_every_file_of_a_window_that_is_still_to_come_stays(uri: str, clock: Clock) -> None:
    since = load(uri, 0)
    load(uri, 1)
    compact(uri)
    load(uri, 2)
    compact(uri)
    clock.shift(days(100))
    load(uri, 3)
    vacuum(uri, keep(version=since))
    added = [file.path for each in commits_between(uri, since, 6) for file in each.added]
    assert len(added) == 3
    assert set(added) <= data_on_disk(uri)


def test_a_need_that_has_passed_lets_go(uri: str, clock: Clock) -> None:
    for number in range(3):
        load(uri, number)
    compact(uri)
    clock.shift(days(100))
    vacuum(uri, keep(version=1))
    vacuum(uri, keep(version=None))
    assert data_on_disk(uri) == present(uri)


def orphan(uri: str, name: str, *, age: datetime.timedelta) -> Path:
    path = Path(uri) / f"event_day={DAY}" / name
    path.write_bytes(b"half")
    moment = (datetime.datetime.now(datetime.UTC) - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_a_file_that_a_load_is_writing_just_now_stays(uri: str, clock: Clock) -> None:
    load(uri, 0)
    young = [orphan(uri, "new.parquet", age=days(0)), orphan(uri, "b.parquet#1", age=days(13.9))]
    vacuum(uri, keep())
    assert all(path.exists() for path in young)


@pytest.mark.parametrize("name", ["part-1.zstd.parquet", "part-1.zstd.parquet#1"])
def test_what_a_killed_load_left_goes_after_the_retention(
    uri: str, clock: Clock, name: str
) -> None:
    load(uri, 0)
    left = orphan(uri, name, age=days(14.2))
    assert vacuum(uri, keep()).bytes == 4
    assert not left.exists()


def test_files_that_are_no_data_are_none_of_its_business(uri: str, clock: Clock) -> None:
    load(uri, 0)
    others = [orphan(uri, "README.txt", age=days(99)), orphan(uri, "_x.parquet", age=days(99))]
    vacuum(uri, keep())
    assert all(path.exists() for path in others)


def test_a_dry_run_names_the_same_and_deletes_nothing(uri: str, clock: Clock) -> None:
    for number in range(3):
        load(uri, number)
    compact(uri)
    clock.shift(days(20))
    before = on_disk(uri)
    said = vacuum(uri, keep(), dry_run=True)
    assert on_disk(uri) == before
    assert vacuum(uri, keep()) == said


def test_a_clock_that_was_wrong_for_one_commit_deletes_nothing_too_early(
    uri: str, clock: Clock
) -> None:
    for number in range(3):
        load(uri, number)
    clock.shift(-days(300))
    compact(uri)
    clock.move_to(START)
    load(uri, 3)
    clock.shift(days(13))
    assert vacuum(uri, keep()) == Vacuumed()


def test_it_deletes_nothing_when_the_log_cannot_tell_what_is_needed(uri: str, clock: Clock) -> None:
    for number in range(4):
        load(uri, number)
    compact(uri)
    DeltaTable(uri).create_checkpoint()
    for version in range(3):
        log(uri, version).unlink()
    clock.shift(days(100))
    assert vacuum(uri, keep(version=1)) == Vacuumed()


def test_a_vacuum_that_is_cut_off_is_finished_by_the_next(uri: str, clock: Clock) -> None:
    for number in range(5):
        load(uri, number)
    compact(uri)
    clock.shift(days(20))
    answers = iter([True, True, False])
    cut = vacuum(uri, keep(), may_go_on=lambda: next(answers))
    assert (len(cut.files), cut.finished) == (2, False)
    done = vacuum(uri, keep())
    assert (len(done.files), done.finished) == (3, True)
    assert data_on_disk(uri) == present(uri)


def test_there_is_nothing_to_do_without_a_table(uri: str, clock: Clock) -> None:
    assert vacuum(uri, keep()) == Vacuumed()


def log(uri: str, version: int) -> Path:
    return Path(uri) / "_delta_log" / f"{version:020}.json"


def checkpoint_every_five(uri: str) -> None:
    table = DeltaTable(uri)
    table.alter.set_table_properties({"delta.checkpointInterval": "5"})


def test_commits_that_nobody_needs_go_and_all_later_ones_open(uri: str, clock: Clock) -> None:
    load(uri, 0)
    checkpoint_every_five(uri)
    for number in range(1, 12):
        clock.shift(days(1))
        load(uri, number)
    newest = rows_at(uri, 13)
    clock.shift(days(8))
    done = vacuum(uri, keep(version=8))
    assert [Path(path).name for path in done.log_files] == [log(uri, v).name for v in range(4)]
    assert log(uri, 4).exists()
    for version in range(4, 14):
        assert len(rows_at(uri, version)) in (3 * (version - 1), 3 * version)
    assert rows_at(uri, 13) == newest
    assert len(list(commits_between(uri, 8, 13))) == 5


def test_a_checkpoint_that_does_not_open_keeps_the_commits_before_it(
    uri: str, clock: Clock
) -> None:
    load(uri, 0)
    checkpoint_every_five(uri)
    for number in range(1, 8):
        load(uri, number)
    log(uri, 4).with_suffix(".checkpoint.parquet").write_bytes(b"PAR1")
    clock.shift(days(50))
    assert vacuum(uri, keep(version=8)).log_files == []
    assert len(vacuum(uri, keep(version=9)).log_files) == 10


@pytest.mark.parametrize("table", ["events", "profiles"])
def test_no_commit_of_ours_deletes_old_ones(tmp_path: Path, table: str) -> None:
    uri = str(tmp_path / table)

    def commit(number: int) -> None:
        if table == "events":
            load(uri, number)
        else:
            people = [ProfileChange(f"u-{number}", None, {}, number)]
            ProfileWriter(uri).merge(people, app_id="a", batch=number)

    commit(1)
    # As tables of the first days are, on which delta-rs cleans up after a checkpoint.
    DeltaTable(uri).alter.set_table_properties(
        {
            "delta.checkpointInterval": "2",
            "delta.logRetentionDuration": "interval 1 days",
            "delta.enableExpiredLogCleanup": "true",
        }
    )
    for number in range(2, 12):
        commit(number)
        for path in (Path(uri) / "_delta_log").glob("*.json"):
            os.utime(path, (1, 1))
    assert log(uri, 0).exists()
    assert len(list((Path(uri) / "_delta_log").glob("*.json"))) == 13
    assert list((Path(uri) / "_delta_log").glob("*.checkpoint.parquet"))


@pytest.mark.parametrize("table", ["events", "profiles"])
def test_every_commit_says_when_it_was_made(tmp_path: Path, clock: Clock, table: str) -> None:
    uri = str(tmp_path / table)
    clock.shift(days(40))
    if table == "events":
        load(uri, 1)
        load(uri, 2)
        compact(uri)
    else:
        for number in (1, 2):
            people = [ProfileChange(f"u-{number}", None, {}, number)]
            ProfileWriter(uri).merge(people, app_id="a", batch=number)
        compact_profiles(uri)
    now = int((START + days(40)).timestamp() * 1000)
    for path in sorted((Path(uri) / "_delta_log").glob("*.json")):
        actions = [json.loads(line) for line in path.read_text().splitlines()]
        (info,) = (action["commitInfo"] for action in actions if "commitInfo" in action)
        assert info["committed_at"] == now


def profiles(reader: ProfileReader, version: int) -> list[dict[str, Any]]:
    query = Query(["identity, properties, created_at"])
    batches = reader.scan(version=version, shard=0, query=query)
    return [row for batch in batches for row in batch.to_pylist()]


def test_profiles_are_compacted_and_vacuumed_beside_an_open_run(
    tmp_path: Path, clock: Clock
) -> None:
    uri = str(tmp_path / "profiles")
    for number in range(1, 6):
        people = [ProfileChange(f"u-{number}", None, {"n": number}, number)]
        ProfileWriter(uri).merge(people, app_id="a", batch=number)
    reader = ProfileReader(uri, EngineLimits(memory_mb=100, scratch_dir=tmp_path / "scratch"))
    before = profiles(reader, 5)
    joined = compact_profiles(uri)
    assert (joined.removed, joined.added) == (5, 1)
    assert [each.added for each in commits_between(uri, 5, 6)] == [()]
    clock.shift(days(100))
    vacuum(uri, keep(version=5))
    assert profiles(reader, 5) == before
    vacuum(uri, keep())
    assert data_on_disk(uri) == present(uri)
    assert sorted(profiles(reader, 6), key=str) == sorted(before, key=str)


def test_profiles_that_change_while_they_are_compacted_keep_the_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = str(tmp_path / "profiles")
    writer = ProfileWriter(uri)
    for number in range(1, 6):
        writer.merge([ProfileChange(f"u-{number}", None, {"n": 1}, 1)], app_id="a", batch=number)
    opened_before = DeltaTable(uri)
    writer.merge([ProfileChange("u-1", None, {"n": 2}, 2)], app_id="a", batch=6)
    with monkeypatch.context() as late, pytest.raises(TransientError):
        late.setattr(profile_compaction, "DeltaTable", lambda _: opened_before)
        compact_profiles(uri)
    compact_profiles(uri)
    people = {row["identity"]: row["properties"] for row in stored_rows(uri)}
    assert people == {"u-1": '{"n":2}', **{f"u-{n}": '{"n":1}' for n in range(2, 6)}}
