from __future__ import annotations

import multiprocessing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from clevertap_partners.core.errors import TransientError
from clevertap_partners.eventstore import writer as writer_module
from clevertap_partners.eventstore.records import EVENTS_SCHEMA
from clevertap_partners.eventstore.writer import EventWriter
from tests.eventstore.support import rows_of, stored_rows, unsorted_files
from tests.lakes import event

DAY_S = 86_400


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return str(tmp_path / "events")


def some_rows() -> pa.Table:
    names = ("é", "z", "Z", "a", "\N{PILE OF POO}", "\uffee")
    return rows_of(
        *(event(names[n % 6], at=(97 * n % 5) * 40_000, record_id=f"r{n}") for n in range(300))
    )


def data_files(uri: str) -> list[Path]:
    return list(Path(uri).glob("event_day=*/*.parquet"))


def test_it_keeps_every_row_as_it_was(uri: str) -> None:
    rows = some_rows()
    EventWriter(uri).write(rows, app_id="a", batch=1)
    assert sorted(stored_rows(uri), key=str) == sorted(rows.to_pylist(), key=str)


def test_every_file_is_sorted_and_holds_one_day(uri: str) -> None:
    writer = EventWriter(uri)
    for batch in (1, 2):
        writer.write(some_rows(), app_id="a", batch=batch)
    assert unsorted_files(uri) == []
    assert len(DeltaTable(uri).file_uris()) == 2 * len(set(some_rows()["event_day"].to_pylist()))


def test_every_row_lies_in_the_folder_of_its_own_day(uri: str) -> None:
    EventWriter(uri).write(some_rows(), app_id="a", batch=1)
    for path in data_files(uri):
        days = {ts // 10**6 for ts in pq.read_table(path, partitioning=None)["ts"].to_pylist()}
        assert days == {int(path.parent.name.removeprefix("event_day=").replace("-", ""))}


def test_a_batch_lands_once(uri: str) -> None:
    writer = EventWriter(uri)
    versions = [writer.write(some_rows(), app_id="a", batch=batch) for batch in (1, 1, 2, 1)]
    assert versions == [1, None, 2, None]
    assert len(stored_rows(uri)) == 600


def test_the_applications_do_not_know_each_other(uri: str) -> None:
    writer = EventWriter(uri)
    assert writer.landed(app_id="a") is None
    writer.write(some_rows(), app_id="a", batch=7)
    assert writer.write(some_rows(), app_id="b", batch=1) == 2
    assert (writer.landed(app_id="a"), writer.landed(app_id="b")) == (7, 1)


def test_a_record_id_that_comes_twice_in_a_batch_lands_once_as_it_came_first(uri: str) -> None:
    twice = [event("A", record_id="same", at=1), event("B", record_id="same", at=2)]
    EventWriter(uri).write(rows_of(*twice), app_id="a", batch=1)
    assert [row["event_name"] for row in stored_rows(uri)] == ["A"]


def test_it_finds_record_ids_that_the_lake_holds(uri: str) -> None:
    writer = EventWriter(uri)
    writer.write(rows_of(event("A", record_id="old")), app_id="a", batch=1)
    rows = rows_of(event("A", record_id="new"), event("A", record_id="old"))
    assert writer.without_known(rows)["record_id"].to_pylist() == ["new"]


def test_what_two_versions_added_can_be_told_apart(uri: str) -> None:
    writer = EventWriter(uri)
    first = writer.write(rows_of(event("A")), app_id="a", batch=1)
    second = writer.write(rows_of(event("B"), event("B", at=1)), app_id="a", batch=2)
    assert first is not None
    changes = DeltaTable(uri).load_cdf(starting_version=first + 1, ending_version=second)
    rows = pa.RecordBatchReader.from_stream(changes).read_all()
    assert rows["event_name"].to_pylist() == ["B", "B"]


def test_the_commit_states_rows_and_bounds_of_every_file(uri: str) -> None:
    EventWriter(uri).write(rows_of(event("A"), event("B", at=5)), app_id="a", batch=1)
    (action,) = pa.table(DeltaTable(uri).get_add_actions(flatten=True)).to_pylist()
    assert (action["num_records"], action["min.ts"], action["max.ts"]) == (
        2,
        20261121000000,
        20261121000005,
    )
    assert action["size_bytes"] == data_files(uri)[0].stat().st_size


def test_files_written_for_nothing_are_taken_away(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = EventWriter(uri)
    stale = EventWriter(uri)
    writer.write(some_rows(), app_id="a", batch=1)
    files = set(data_files(uri))
    # The stale writer looked at the table before the batch landed.
    monkeypatch.setattr(stale, "_open", lambda: DeltaTable(uri, version=0))
    assert stale.write(some_rows(), app_id="a", batch=1) is None
    assert set(data_files(uri)) == files


def test_it_gives_up_after_a_bounded_number_of_tries(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = EventWriter(uri)
    writer.write(some_rows(), app_id="a", batch=1)
    monkeypatch.setattr(writer_module, "COMMIT_TRIES", 0)
    with pytest.raises(TransientError, match="too busy"):
        writer.write(some_rows(), app_id="a", batch=2)
    assert len(stored_rows(uri)) == 300


def test_it_knows_its_own_version_when_another_commit_follows_at_once(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = EventWriter(uri)
    writer.write(some_rows(), app_id="first", batch=1)
    has_landed = writer_module._has_landed

    def after_another(table: DeltaTable, app_id: str, batch: int) -> bool:
        if landed := has_landed(table, app_id, batch):
            monkeypatch.undo()
            EventWriter(uri).write(some_rows(), app_id="another", batch=1)
        return landed

    monkeypatch.setattr(writer_module, "_has_landed", after_another)
    assert writer.write(some_rows(), app_id="ours", batch=1) == 2
    assert DeltaTable(uri).version() == 3


def write_in_process(job: tuple[str, str, int]) -> int | None:
    uri, app_id, batch = job
    return EventWriter(uri).write(some_rows(), app_id=app_id, batch=batch)


def test_two_processes_that_write_at_once_land_every_batch_once(uri: str) -> None:
    # The batches of one application have to come in order: only what is done twice may follow.
    names = [("same", "same", f"x{batch}", f"y{batch}") for batch in (1, 2, 3)]
    jobs = [(uri, app, batch) for batch, apps in enumerate(names, start=1) for app in apps]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        versions = pool.map_async(write_in_process, jobs, chunksize=1).get(timeout=60)
        pool.close()
        pool.join()
    landed = [version for version in versions if version is not None]
    # Both may have made the table at the same moment: then its first two versions hold no rows.
    first = min(landed)
    assert first in {1, 2}
    assert sorted(landed) == list(range(first, first + 9))
    assert len(stored_rows(uri)) == 9 * 300
    assert unsorted_files(uri) == []


def test_the_schema_is_the_lakes(uri: str) -> None:
    EventWriter(uri).write(some_rows(), app_id="a", batch=1)
    names = [field.name for field in DeltaTable(uri).schema().fields]
    assert names == EVENTS_SCHEMA.names
