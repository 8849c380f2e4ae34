from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.files import data_files
from clevertap_partners.eventstore.lake import profiles_uri
from clevertap_partners.eventstore.profile_reader import ProfileReader, ProfileShard
from clevertap_partners.eventstore.profiles import ProfileChange, ProfileWriter
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.reader import EngineLimits
from clevertap_partners.eventstore.schema import PropertySchema
from clevertap_partners.eventstore.selectors import profile_count
from tests.eventstore.test_profiles import make_old_table, merge, person, stored

COLUMNS = "identity, object_id, all_identities, platform, properties, created_at, last_seen_at"


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return str(tmp_path / "profiles")


def open_reader(uri: str) -> ProfileReader:
    return ProfileReader(uri, EngineLimits(memory_mb=160, scratch_dir=Path(f"{uri}-scratch")))


def add(uri: str, *identities: str, batch: int, **properties: Any) -> None:
    changes = [ProfileChange(identity, None, properties, batch) for identity in identities]
    ProfileWriter(uri).merge(changes, app_id="test", batch=batch)


def read(uri: str, *, version: int | None = None, **options: Any) -> list[dict[str, Any]]:
    """All rows at a version, the newest unless told, shard by shard."""
    reader = open_reader(uri)
    version = DeltaTable(uri).version() if version is None else version
    projections = options.pop("projections", [COLUMNS])
    return [
        row
        for shard in reader.shards(version=version, **options)
        for batch in reader.scan(
            version=version, shard=shard.number, query=Query(projections), **options
        )
        for row in batch.to_pylist()
    ]


def test_there_is_no_version_before_the_first_load(uri: str) -> None:
    assert open_reader(uri).version() is None


def test_it_reads_what_was_merged(uri: str) -> None:
    merge(uri, person(profile={"all_identities": ["b"]}), person("u-2", profileData={"a": "'"}))
    assert {row["identity"]: row for row in read(uri)} == stored(uri)


def test_it_gives_the_columns_of_the_projection_only(uri: str) -> None:
    merge(uri, person(profileData={"City": "ローマ"}))
    assert read(uri, projections=["identity || properties AS line"]) == [
        {"line": 'u-1{"City":"ローマ"}'}
    ]


def test_a_projection_may_go_on_from_another(uri: str) -> None:
    merge(uri, person(at=5))
    first = "identity AS who, last_seen_at - created_at AS span"
    (row,) = read(uri, projections=[first, "upper(who) AS line, epoch(span) AS seconds"])
    assert row == {"line": "U-1", "seconds": 0}


def test_a_version_stays_as_it_was(uri: str) -> None:
    add(uri, "a", batch=1, n=1)
    first = open_reader(uri).version()
    assert first is not None
    add(uri, "a", "b", batch=2, n=2)
    assert [row["properties"] for row in read(uri, version=first)] == ['{"n":1}']
    assert open_reader(uri).count(version=first) == 1
    assert open_reader(uri).count(version=first + 1) == 2


def test_it_gives_the_rows_in_the_order_of_files_and_of_rows(uri: str) -> None:
    for batch in range(1, 6):
        add(uri, *(f"{batch}-{n}" for n in range(batch * 4_000)), batch=batch)
    files = sorted(DeltaTable(uri).file_uris())
    expected = [name for file in files for name in pq.read_table(file)["identity"].to_pylist()]
    for options in ({}, {"rows_per_shard": 15_000}):
        rows = read(uri, projections=["identity"], **options)
        assert [row["identity"] for row in rows] == expected


def test_it_packs_files_in_their_order_up_to_the_rows_of_a_shard(uri: str) -> None:
    for batch in range(1, 6):
        add(uri, *(f"{batch}-{n}" for n in range(batch * 10)), batch=batch)
    version = DeltaTable(uri).version()
    files = data_files(DeltaTable(uri))
    assert sorted(file.rows for file in files) == [10, 20, 30, 40, 50]
    for limit in (1, 45, 60, 10**6):
        shards = open_reader(uri).shards(version=version, rows_per_shard=limit)
        assert [name for shard in shards for name in shard.files] == [one.path for one in files]
        assert [shard.number for shard in shards] == list(range(len(shards)))
        assert sum(shard.rows for shard in shards) == 150
        assert all(shard.rows <= limit or len(shard.files) == 1 for shard in shards)
        assert shards == open_reader(uri).shards(version=version, rows_per_shard=limit)
    assert len(open_reader(uri).shards(version=version)) == 1
    assert len(open_reader(uri).shards(version=version, rows_per_shard=1)) == 5


def test_batches_are_no_larger_than_told(uri: str) -> None:
    add(uri, *(f"u-{n}" for n in range(20_000)), batch=1)
    batches = list(open_reader(uri).scan(version=1, shard=0, query=Query(["identity"])))
    assert [batch.num_rows for batch in batches] == [8_192, 8_192, 3_616]


def test_it_counts_the_rows_of_a_file_whose_statistics_lack_them(uri: str) -> None:
    add(uri, "a", "b", batch=1)
    commit = Path(uri) / "_delta_log" / "00000000000000000001.json"
    actions = [json.loads(line) for line in commit.read_text().splitlines()]
    for action in actions:
        action.get("add", {}).pop("stats", None)
    commit.write_text("".join(json.dumps(action) + "\n" for action in actions))
    (shard,) = open_reader(uri).shards(version=1)
    assert isinstance(shard, ProfileShard)
    assert shard.rows == 2
    assert len(read(uri)) == 2


def test_it_reads_an_old_table_before_and_after_its_first_new_record(uri: str) -> None:
    make_old_table(uri, "u-1", "u-2")
    merge(uri, person("new"))
    before, after = read(uri, version=1), read(uri)
    assert {row["identity"] for row in after} == {"u-1", "u-2", "new"}
    for row in before:
        assert (row["all_identities"], row["platform"]) == (None, None)
        assert row["created_at"] == row["last_seen_at"] == stored(uri)["u-1"]["updated_at"]
    assert [row for row in after if row["identity"] == "u-1"] == [
        row for row in before if row["identity"] == "u-1"
    ]


def test_its_survey_knows_every_property_of_everybody(uri: str) -> None:
    add(uri, "a", batch=1, Points=1, Name="A", ID=1, id="x")
    add(uri, "b", batch=2, Points=2.5, Big=2**60, Bigger=2**64, Tags=["x"])
    add(uri, "c", batch=3, Items=[{"k": 1}, {"k": "x"}], **{'q"/~\t\n.😀': True})
    survey = open_reader(uri).survey(version=DeltaTable(uri).version())
    assert {known.name: known.kinds for known in survey} == {
        **{"Points": ("float", "integer"), "Name": ("string",), "ID": ("integer",)},
        **{"id": ("string",), "Big": ("long",), "Bigger": ("big_integer",), "Tags": ("list",)},
        **{"Items": ("items",), 'q"/~\t\n.😀': ("boolean",)},
    }
    assert [known.name for known in survey] == sorted(known.name for known in survey)
    assert PropertySchema("Items", ("items",), {"k": ("integer", "string")}) in survey


def test_its_survey_looks_at_every_batch(uri: str) -> None:
    changes = [ProfileChange(f"u-{n}", None, {f"p{n // 8_000}": n}, 1) for n in range(30_000)]
    ProfileWriter(uri).merge(changes, app_id="test", batch=1)
    names = [known.name for known in open_reader(uri).survey(version=1)]
    assert names == ["p0", "p1", "p2", "p3"]


def test_the_count_of_an_account_is_its_own(
    account: Account, other_account: Account, load: Callable[..., str], upload_file: Any
) -> None:
    assert profile_count(account=account) == 0
    load(upload_file(person(), person("u-2"), person()))
    assert profile_count(account=account) == 2
    assert profile_count(account=other_account) == 0
    assert DeltaTable(profiles_uri(account.pk)).version() == 1
