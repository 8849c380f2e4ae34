from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from django.core.management import CommandError, call_command

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore import batches, loading
from clevertap_partners.eventstore.catalogue import catalogue_catch_up
from clevertap_partners.eventstore.lake import profiles_uri
from clevertap_partners.eventstore.models import EventDay
from tests.eventstore.conftest import Load
from tests.eventstore.support import stored_rows, unsorted_files
from tests.lakes import event, read_ndjson
from tests.processes import database_url

UploadFile = Callable[..., Path]


def anonymous(name: str, at: int = 0, **fields: Any) -> dict[str, Any]:
    """A record without an id of its own."""
    record = event(name, at=at, **fields)
    del record["record_id"]
    return record


def catalogue_rows() -> int:
    return sum(EventDay.objects.values_list("rows", flat=True))


def test_it_loads_a_file_once(load: Load, upload_file: UploadFile, events_table: str) -> None:
    path = upload_file(event("A"), event("B"), anonymous("C"), anonymous("C"))
    assert "Loaded 4 events and 0 profiles; 0 were there already; 0 rejected" in load(path)
    renamed = path.rename(path.with_name("renamed"))
    assert "Loaded 0 events and 0 profiles; 4 were there already" in load(renamed)
    assert len({row["record_id"] for row in stored_rows(events_table)}) == 4
    assert catalogue_rows() == 4


def test_record_ids_of_another_file_are_not_loaded_again(
    load: Load, upload_file: UploadFile, events_table: str
) -> None:
    load(upload_file(event("A"), event("B")))
    said = load(upload_file(event("A"), event("C"), name="more.ndjson"))
    assert "Loaded 1 events and 0 profiles; 1 were there already" in said
    assert sorted(row["event_name"] for row in stored_rows(events_table)) == ["A", "B", "C"]


def test_it_keeps_the_good_records_and_tells_why_the_others_are_not(
    load: Load, upload_file: UploadFile, events_table: str
) -> None:
    path = upload_file(event("A"), '{"type"', "", event(""), {"type": "x"}, event("B"))
    said = load(path)
    assert "Line 2: the record is not valid JSON" in said
    assert "Line 4: the record has no evtName." in said
    assert "Line 5: the record has a type" in said
    assert "Loaded 2 events and 0 profiles; 0 were there already; 3 rejected" in said
    rejects = read_ndjson(path.with_name("upload.ndjson.rejects.ndjson"))
    assert [(one["line"], one["record"]) for one in rejects] == [
        (2, '{"type"'),
        (4, json.dumps(event(""))),
        (5, '{"type": "x"}'),
    ]
    assert len(stored_rows(events_table)) == 2


def test_it_shows_twenty_rejects_and_writes_all(
    load: Load, upload_file: UploadFile, tmp_path: Path
) -> None:
    said = load(upload_file(*["x"] * 25), "--rejects", str(tmp_path / "mine"))
    assert said.count("the record is not valid JSON") == 20
    assert len(read_ndjson(tmp_path / "mine")) == 25


def test_it_makes_no_file_of_rejects_when_there_are_none(
    load: Load, upload_file: UploadFile, tmp_path: Path
) -> None:
    load(upload_file(event("A")))
    assert not list(tmp_path.glob("*.rejects.ndjson"))


def test_a_line_that_is_too_long_costs_one_record(
    load: Load, upload_file: UploadFile, events_table: str
) -> None:
    long = event("A", evtData={"text": "x" * 3_000_000})
    said = load(upload_file(event("A"), long, event("B")))
    assert "Line 2: the record is larger than 1,000,000 bytes." in said
    assert len(stored_rows(events_table)) == 2


def test_an_event_type_beyond_the_limit_is_refused(
    load: Load, upload_file: UploadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MAX_EVENT_TYPES", 2)
    said = load(upload_file(event("A"), event("B"), event("C"), event("A", at=1)))
    assert "Line 3: the record would be event type 3 of the account: “C”." in said
    assert "Loaded 3 events" in said


@pytest.mark.parametrize("as_text", [True, False])
def test_it_loads_parquet(load: Load, tmp_path: Path, events_table: str, as_text: bool) -> None:
    data = {"Price": 0.5, "Note": None}
    record = anonymous("A") | {"evtData": json.dumps(data) if as_text else data}
    path = tmp_path / "upload.parquet"
    pq.write_table(pa.Table.from_pylist([record, anonymous("B") | {"evtData": None}]), path)
    assert "Loaded 2 events" in load(path)
    props = {row["event_name"]: row["event_props"] for row in stored_rows(events_table)}
    assert props == {"A": '{"Price":0.5}', "B": "{}"}


def test_a_damaged_parquet_file_is_a_clear_error(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "upload.parquet"
    path.write_bytes(b"PAR1 and then nothing that fits")
    with pytest.raises(CommandError, match="The load stopped"):
        load(path)


def test_a_load_that_broke_half_way_completes_the_next_time(
    load: Load, upload_file: UploadFile, events_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_RECORDS", 10)
    path = upload_file(*(anonymous("A", at=n) for n in range(35)))
    real, calls = loading.catalogue_update, []

    def break_on_the_second(**arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError("power cut")
        real(**arguments)

    monkeypatch.setattr(loading, "catalogue_update", break_on_the_second)
    with pytest.raises(CommandError, match="power cut"):
        load(path)
    monkeypatch.setattr(loading, "catalogue_update", real)
    # Another batch size does no harm.
    monkeypatch.setattr(batches, "BATCH_RECORDS", 13)
    assert "Loaded 15 events and 0 profiles; 20 were there already" in load(path)
    assert len({row["record_id"] for row in stored_rows(events_table)}) == 35
    assert len(stored_rows(events_table)) == 35
    assert catalogue_rows() == 35


def test_profiles_are_merged(load: Load, upload_file: UploadFile, account: Account) -> None:
    def profile(identity: str, **data: Any) -> dict[str, Any]:
        return {"type": "profile", "identity": identity, "profileData": data}

    first = upload_file(profile("u-1", Name="A", City="Rome"), profile("u-2"), {"type": "profile"})
    assert "0 events and 2 profiles; 0 were there already; 1 rejected" in load(first)
    load(upload_file(profile("u-1", City="आगरा", Gone=None), name="second"))
    assert "2 were there already" in load(first)
    rows = DeltaTable(profiles_uri(account.pk)).to_pyarrow_table().to_pylist()
    assert {row["identity"]: row["properties"] for row in rows} == {
        "u-1": '{"Name":"A","City":"आगरा"}',
        "u-2": "{}",
    }


def test_it_says_what_is_wrong_with_the_call(
    load: Load, upload_file: UploadFile, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        load(tmp_path / "nothing")
    with pytest.raises(CommandError, match="is empty"):
        load(upload_file())
    with pytest.raises(CommandError, match="holds no records"):
        load(upload_file("", ""))
    with pytest.raises(CommandError, match="no account 5"):
        call_command("load_events", str(upload_file(event("A"))), "--account", "5")


LOAD_SLOWLY = """
import sys, time, django
django.setup()
from django.core.management import call_command
from django.db import connections
from clevertap_partners.eventstore import batches, loading
batches.BATCH_RECORDS = 100
call_command("load_events", *sys.argv[1:])
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_load_completes_without_loss_or_repeats(
    load: Load, upload_file: UploadFile, account: Account, events_table: str, lake_url: str
) -> None:
    path = upload_file(*(anonymous("A", at=n) for n in range(5_000)))
    environment = {**os.environ, "PARTNERS_LAKE_URL": lake_url, **of_this_database()}
    command = [sys.executable, "-c", LOAD_SLOWLY, str(path), "--account", str(account.pk)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for_version(events_table, 5)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    assert DeltaTable(events_table).version() < 50
    load(path)
    assert len({row["record_id"] for row in stored_rows(events_table)}) == 5_000
    assert len(stored_rows(events_table)) == 5_000
    assert unsorted_files(events_table) == []
    assert catalogue_catch_up(account=account) == DeltaTable(events_table).version()
    assert catalogue_rows() == 5_000


def of_this_database() -> dict[str, str]:
    return {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}


def wait_for_version(uri: str, version: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if DeltaTable.is_deltatable(uri) and DeltaTable(uri).version() >= version:
            return
        time.sleep(0.02)
    raise AssertionError("the load did not get going in a minute")
