"""A lake in an object store: a real server speaks S3 on this machine."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from deltalake import DeltaTable

from clevertap_partners.eventstore.batches import Batch
from clevertap_partners.eventstore.canonical import canonical_event
from clevertap_partners.eventstore.compaction import event_files, merge_files, merges
from clevertap_partners.eventstore.files import row_count, survey_commit
from clevertap_partners.eventstore.profile_reader import ProfileReader
from clevertap_partners.eventstore.profiles import ProfileChange, ProfileWriter
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.reader import EngineLimits, EventReader
from clevertap_partners.eventstore.vacuum import Keep, vacuum
from clevertap_partners.eventstore.writer import EventWriter
from clevertap_partners.sandbox.processes import free_port, is_free
from tests.lakes import DAY, UTC, event
from tests.processes import wait_until

URI = "s3://lake/100000000/events"
PROFILES = "s3://lake/100000000/profiles"


@pytest.fixture
def object_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # A process of its own: delta-rs waits for it without letting go of this one's interpreter.
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        wait_until(lambda: not is_free(port), "the object store")
        boto3.client("s3").create_bucket(Bucket="lake")
        yield
    finally:
        server.kill()
        server.wait(10)


def load(names: str, *, batch: int) -> None:
    rows = Batch()
    for at, name in enumerate(names):
        record = event(name, at=at * 10 + batch)
        rows.add_event(at, canonical_event(record, UTC, record_id=f"{batch}-{at}", plain=False))
    EventWriter(URI).write(rows.events_after(-1), app_id="load", batch=batch)


def test_a_remote_lake_is_written_and_read_in_order(object_store: None, tmp_path: Path) -> None:
    for batch in range(1, 8):
        load("ABAB", batch=batch)
    reader = EventReader(URI, EngineLimits(memory_mb=160, scratch_dir=tmp_path))
    version = reader.version()
    assert version is not None
    counts = reader.counts(version=version, first_day=DAY, last_day=DAY, event_names=None)
    assert [(count.event_name, count.rows) for count in counts] == [("A", 14), ("B", 14)]
    batches = reader.scan(
        version=version, day=DAY, event_names=["A", "B"], query=Query(["profile AS line"])
    )
    rows = [row for batch in batches for row in batch.to_pylist()]
    keys = [(row["event_name"], row["ts"]) for row in rows]
    assert keys == sorted(keys)
    assert len(rows) == 28
    assert json.loads(rows[0]["line"]) == {"identity": "u-1"}


def test_a_commit_of_a_remote_lake_is_surveyed_by_itself(object_store: None) -> None:
    load("AB", batch=1)
    load("BB", batch=2)
    found = survey_commit(URI, 2)
    assert found is not None
    assert {key: total.rows for key, total in found.days.items()} == {("B", DAY): 2}
    assert survey_commit(URI, 3) is None


def test_remote_profiles_are_read_in_order(object_store: None, tmp_path: Path) -> None:
    assert row_count(PROFILES) == 0
    writer = ProfileWriter(PROFILES)
    for batch in range(1, 4):
        people = [ProfileChange(f"{batch}-{n}", None, {"n": n}, batch) for n in range(3)]
        writer.merge(people, app_id="load", batch=batch)
    reader = ProfileReader(PROFILES, EngineLimits(memory_mb=160, scratch_dir=tmp_path))
    version = reader.version()
    assert version is not None
    assert row_count(PROFILES) == reader.count(version=version) == 9
    batches = list(reader.scan(version=version, shard=0, query=Query(["identity, created_at"])))
    assert sum(batch.num_rows for batch in batches) == 9
    assert batches == list(
        reader.scan(version=version, shard=0, query=Query(["identity, created_at"]))
    )
    assert [(known.name, known.kinds) for known in reader.survey(version=version)] == [
        ("n", ("integer",))
    ]


def test_a_remote_lake_is_compacted_and_vacuumed(object_store: None) -> None:
    for batch in range(1, 5):
        load("AB", batch=batch)
    (found,) = merges(event_files(URI), today=DAY + datetime.timedelta(days=9), thorough=True)
    before = DeltaTable(URI).to_pyarrow_table().to_pylist()
    assert merge_files(URI, found) == 5
    assert len(event_files(URI)) == 1
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    assert vacuum(URI, Keep(soon, version=4)).files == []
    assert sorted(vacuum(URI, Keep(soon)).files) == sorted(file.path for file in found.files)
    after = DeltaTable(URI).to_pyarrow_table().to_pylist()
    assert sorted(after, key=str) == sorted(before, key=str)


def test_what_a_killed_load_left_in_a_remote_lake_goes_when_it_is_old(object_store: None) -> None:
    load("AB", batch=1)
    boto3.client("s3").put_object(
        Bucket="lake", Key="100000000/events/event_day=2026-11-21/part-x.parquet", Body=b"half"
    )
    now = datetime.datetime.now(datetime.UTC)
    assert vacuum(URI, Keep(now)).files == []
    later = Keep(now + datetime.timedelta(hours=2))
    assert vacuum(URI, later).files == ["event_day=2026-11-21/part-x.parquet"]
