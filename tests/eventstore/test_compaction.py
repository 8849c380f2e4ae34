from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from clevertap_partners.core.errors import PermanentError
from clevertap_partners.eventstore import compaction, writer
from clevertap_partners.eventstore.commits import commits_between
from clevertap_partners.eventstore.compaction import (
    LARGE_BYTES,
    EventFile,
    Merge,
    event_files,
    merge_files,
    merges,
)
from clevertap_partners.eventstore.files import survey_commit
from clevertap_partners.eventstore.merge import LakeUnsorted
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.reader import EventReader
from clevertap_partners.eventstore.writer import EventWriter
from tests.eventstore.support import rows_of, stored_rows, unsorted_files
from tests.lakes import DAY, event, open_reader

LATER = DAY + datetime.timedelta(days=10)
NAMES = ("é", "z", "Z", "a", "\N{PILE OF POO}", "\uffee")


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return str(tmp_path / "events")


def load(uri: str, number: int, *, rows: int = 20, text: str = "") -> None:
    """One commit of events of one day, at times that other loads have too."""
    records = [
        event(NAMES[n % 6], at=97 * n % 50, record_id=f"{number}-{n}", evtData={"text": text})
        for n in range(rows)
    ]
    EventWriter(uri).write(rows_of(*records), app_id=f"load-{number}", batch=1)


def only_merge(uri: str) -> Merge:
    (found,) = merges(event_files(uri), today=LATER, thorough=True)
    return found


def scanned(uri: str, version: int | None = None) -> list[dict[str, Any]]:
    reader = open_reader(Path(uri))
    version = DeltaTable(uri).version() if version is None else version
    query = Query(["record_id || event_props || profile AS line"])
    batches = reader.scan(version=version, day=DAY, event_names=None, query=query)
    return [row for batch in batches for row in batch.to_pylist()]


def parquet_files(uri: str) -> set[str]:
    return {path.name for path in Path(uri).glob("event_day=*/*.parquet")}


def test_many_files_of_a_day_become_one_that_is_sorted_and_has_every_row(uri: str) -> None:
    for number in range(6):
        load(uri, number)
    before = stored_rows(uri)
    version = merge_files(uri, only_merge(uri))
    assert version == DeltaTable(uri).version() == 7
    assert len(event_files(uri)) == 1
    assert unsorted_files(uri) == []
    assert sorted(stored_rows(uri), key=str) == sorted(before, key=str)


def test_readers_of_any_version_read_the_same_before_and_after(uri: str) -> None:
    for number in range(6):
        load(uri, number)
    before = {version: scanned(uri, version) for version in (2, 6)}
    merge_files(uri, only_merge(uri))
    assert {version: scanned(uri, version) for version in (2, 6)} == before
    assert scanned(uri, 7) == before[6]


def test_a_compacted_day_is_read_without_merging(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        load(uri, number)
    before = scanned(uri)
    merge_files(uri, only_merge(uri))
    monkeypatch.setattr(EventReader, "_merged", None)
    assert scanned(uri) == before


def test_nothing_arrives_by_a_compaction(uri: str) -> None:
    for number in range(4):
        load(uri, number)
    version = merge_files(uri, only_merge(uri))
    assert version is not None
    (commit,) = commits_between(uri, version - 1, version)
    assert commit.added == ()
    found = survey_commit(uri, version)
    assert found is not None
    assert found.rows == 0


def test_rows_of_any_width_are_merged_within_bounds(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MERGED_BYTES", 100_000)
    monkeypatch.setattr(compaction, "ROW_GROUP_BYTES", 200_000)
    load(uri, 1, rows=30, text="wide " * 6_000)
    load(uri, 2, rows=300)
    load(uri, 3, rows=30, text="wide " * 6_000)
    before = stored_rows(uri)
    merge_files(uri, Merge(DAY, tuple(event_files(uri))))
    assert sorted(stored_rows(uri), key=str) == sorted(before, key=str)
    assert unsorted_files(uri) == []


def rival_first(monkeypatch: pytest.MonkeyPatch, name: str, rival: Callable[[], object]) -> None:
    """Let the rival act just before that function of the compaction, the first time."""
    original, rivals = getattr(compaction, name), [rival]

    def after_rival(*args: Any) -> Any:
        if rivals:
            rivals.pop()()
        return original(*args)

    monkeypatch.setattr(compaction, name, after_rival)


@pytest.mark.parametrize("moment", ["_written", "_commit", "_commit_once"])
def test_of_two_compactions_of_the_same_files_one_loses(
    uri: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for number in range(6):
        load(uri, number)
    before, merge = scanned(uri), only_merge(uri)
    rival_first(monkeypatch, moment, lambda: merge_files(uri, merge))
    assert merge_files(uri, merge) is None
    assert scanned(uri) == before
    assert len(event_files(uri)) == 1


def test_the_loser_takes_its_file_back_when_it_is_certain_that_no_commit_has_it(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        load(uri, number)
    merge = only_merge(uri)
    rival_first(monkeypatch, "_commit", lambda: merge_files(uri, merge))
    assert merge_files(uri, merge) is None
    assert len(parquet_files(uri)) == 6 + 1


def test_a_load_that_commits_first_is_kept_and_the_compaction_too(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        load(uri, number)
    rival_first(monkeypatch, "_commit_once", lambda: load(uri, 6))
    assert merge_files(uri, only_merge(uri)) == 8
    assert len(event_files(uri)) == 2
    assert len(scanned(uri)) == 7 * 20


def test_a_load_that_began_before_a_compaction_lands_after_it(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        load(uri, number)
    original = EventWriter._commit

    def after_compaction(self: EventWriter, *args: Any) -> int | None:
        merge_files(uri, only_merge(uri))
        return original(self, *args)

    monkeypatch.setattr(EventWriter, "_commit", after_compaction)
    load(uri, 6)
    assert len(scanned(uri)) == 7 * 20
    assert len(event_files(uri)) == 2


def kill(*args: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("moment", ["_commit", "_commit_once"])
def test_a_compaction_killed_before_its_commit_leaves_the_table_as_it_was(
    uri: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for number in range(6):
        load(uri, number)
    before, files = scanned(uri), event_files(uri)
    with monkeypatch.context() as killed:
        killed.setattr(compaction, moment, kill)
        with pytest.raises(KeyboardInterrupt):
            merge_files(uri, only_merge(uri))
    assert (scanned(uri), event_files(uri)) == (before, files)
    merge_files(uri, only_merge(uri))
    assert scanned(uri) == before


def test_a_file_that_lacks_rows_is_never_committed(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        load(uri, number)
    before, files = scanned(uri), parquet_files(uri)
    original = compaction.merge_sorted

    def losing(*args: Any) -> Any:
        return (batch.slice(1) for batch in original(*args))

    monkeypatch.setattr(compaction, "merge_sorted", losing)
    with pytest.raises(PermanentError) as refused:
        merge_files(uri, only_merge(uri))
    assert refused.value.code == "lake_rows_differ"
    assert (scanned(uri), parquet_files(uri)) == (before, files)


def test_an_unsorted_file_is_refused_and_nothing_changes(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        load(uri, number)
    rows = rows_of(event("b", 1, "1"), event("a", 2, "2"))
    with monkeypatch.context() as unsorted:
        unsorted.setattr(writer, "_days", lambda rows: [(DAY, rows.drop(["event_day"]))])
        EventWriter(uri).write(rows, app_id="unsorted", batch=1)
    files = parquet_files(uri)
    with pytest.raises(LakeUnsorted):
        merge_files(uri, only_merge(uri))
    assert DeltaTable(uri).version() == 4
    assert parquet_files(uri) == files


def files_of(*sizes: int) -> list[EventFile]:
    return [EventFile(f"{n}", size, DAY) for n, size in enumerate(sizes)]


def chosen(*sizes: int, age_days: int, thorough: bool) -> list[int]:
    today = DAY + datetime.timedelta(days=age_days)
    found = list(merges(files_of(*sizes), today=today, thorough=thorough))
    return [file.size for merge in found for file in merge.files]


def test_a_day_that_fills_up_is_left_until_it_has_many_files() -> None:
    assert chosen(*[10] * 5, age_days=0, thorough=False) == []
    assert chosen(*[10] * 6, age_days=0, thorough=False) == [10] * 6


def test_a_complete_day_becomes_one_file() -> None:
    assert chosen(10, 10, age_days=3, thorough=True) == [10, 10]
    assert chosen(10, 10, age_days=3, thorough=False) == []
    assert chosen(10, age_days=3, thorough=True) == []


def test_a_file_is_not_written_again_for_the_sake_of_much_smaller_ones() -> None:
    assert chosen(1_000, 1, 1, 1, age_days=9, thorough=True) == [1, 1, 1]
    assert chosen(1_000, 200, age_days=9, thorough=True) == [200, 1_000]
    assert chosen(1_000, 200, 200, 200, age_days=0, thorough=True) == [200, 200, 200]


def test_a_large_file_is_never_written_again() -> None:
    assert chosen(LARGE_BYTES, LARGE_BYTES, age_days=9, thorough=True) == []


def test_each_byte_is_written_again_only_a_few_times() -> None:
    """A day that is loaded in 500 batches, looked at after each, and at last when it is over."""
    sizes: list[int] = []
    written = 0
    for load_number in range(501):
        over = load_number == 500
        sizes += [] if over else [1_000]
        while found := chosen(*sizes, age_days=9 if over else 0, thorough=over):
            written += sum(found)
            for size in found:
                sizes.remove(size)
            sizes.append(sum(found))
    assert sizes == [500_000]
    assert written < 6 * 500_000
