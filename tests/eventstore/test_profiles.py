from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from clevertap_partners.eventstore import profiles
from clevertap_partners.eventstore.jsontext import Refused
from clevertap_partners.eventstore.profiles import (
    OLD_TIME,
    PROFILES_SCHEMA,
    ProfileWriter,
    canonical_profile,
)
from tests.eventstore.support import stored_rows
from tests.lakes import MIDNIGHT, UTC

# The schema of the first days.
OLD_SCHEMA = pa.schema(
    [
        *(PROFILES_SCHEMA.field("identity"), PROFILES_SCHEMA.field("object_id")),
        *(PROFILES_SCHEMA.field("properties"), OLD_TIME),
    ]
)


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return str(tmp_path / "profiles")


def person(identity: str = "u-1", at: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": "profile", "identity": identity, "ts": MIDNIGHT + at, **fields}


def merge(uri: str, *records: dict[str, Any], batch: int = 1) -> int | None:
    changes = [canonical_profile(record, UTC) for record in records]
    return ProfileWriter(uri).merge(changes, app_id="test", batch=batch)


def stored(uri: str) -> dict[str, dict[str, Any]]:
    return {row["identity"]: row for row in stored_rows(uri)}


def time(at: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(MIDNIGHT + at, datetime.UTC)


def make_old_table(uri: str, *identities: str) -> None:
    """A table as an earlier version made it, with a CleverTap ID and a property each."""
    known = {"object_id": "-g-1", "properties": '{"a":1}', "updated_at": time(50)}
    rows = [{"identity": identity, **known} for identity in identities]
    table = DeltaTable.create(uri, schema=OLD_SCHEMA)
    table.merge(
        pa.Table.from_pylist(rows, schema=OLD_SCHEMA),
        predicate="target.identity = source.identity",
        source_alias="source",
        target_alias="target",
    ).when_not_matched_insert_all().execute()


def test_the_schema_is_the_one_of_the_lake(uri: str) -> None:
    merge(uri, person())
    assert [field.name for field in DeltaTable(uri).schema().fields] == PROFILES_SCHEMA.names


def test_a_person_has_what_the_record_says(uri: str) -> None:
    profile = {"all_identities": ["u-1", "a@b.c"], "platform": "iOS"}
    merge(uri, person(objectId="-g-1", profileData={"City": "आगरा"}, profile=profile))
    assert stored(uri)["u-1"] == {
        "identity": "u-1",
        "object_id": "-g-1",
        "all_identities": '["u-1","a@b.c"]',
        "platform": "iOS",
        "properties": '{"City":"आगरा"}',
        "created_at": time(0),
        "last_seen_at": time(0),
    }


def test_what_nobody_told_is_null(uri: str) -> None:
    merge(uri, person())
    row = stored(uri)["u-1"]
    assert (row["object_id"], row["all_identities"], row["platform"]) == (None, None, None)
    assert row["properties"] == "{}"


def test_the_times_are_the_smallest_and_the_largest_ever_given(uri: str) -> None:
    merge(uri, person(at=50), person(at=40))
    merge(uri, person(at=90), person(at=10), person("u-2", at=7), batch=2)
    merge(uri, person(at=60), batch=3)
    row = stored(uri)["u-1"]
    assert (row["created_at"], row["last_seen_at"]) == (time(10), time(90))


def test_identities_are_united_in_order_of_first_appearance_with_the_own_one_first(
    uri: str,
) -> None:
    def known_as(*identities: str) -> dict[str, Any]:
        return person(profile={"all_identities": list(identities)})

    merge(uri, known_as("c", "b"), known_as("u-1", "a", "b"))
    merge(uri, known_as("d", "", "a"), person(), batch=2)
    assert json.loads(stored(uri)["u-1"]["all_identities"]) == ["u-1", "c", "b", "a", "d"]


def test_later_values_replace_earlier_ones_and_silence_replaces_nothing(uri: str) -> None:
    first = person(objectId="-g-1", profile={"platform": "iOS"}, profileData={"a": 1, "b": 2**70})
    merge(uri, first, person(profile={"platform": "Web"}, profileData={"a": 2}))
    merge(uri, person(profileData={"c": None}), batch=2)
    row = stored(uri)["u-1"]
    assert (row["object_id"], row["platform"]) == ("-g-1", "Web")
    assert row["properties"] == f'{{"a":2,"b":{2**70}}}'


def test_a_batch_lands_once(uri: str) -> None:
    assert merge(uri, person(), person("u-2")) == 2
    assert merge(uri, person(profileData={"a": 1})) is None
    assert stored(uri)["u-1"]["properties"] == "{}"


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"email": "a@b.c"}, "“email” in profile; in a profile record it belongs into profileData"),
        ({"all_identities": "u-1"}, "not a list of texts"),
        ({"platform": {}}, "not text"),
        ([], "a profile that is not an object"),
        ({"identity": "u-2"}, "two different people"),
    ],
)
def test_it_refuses_a_profile_object_with_a_reason(profile: Any, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        canonical_profile(person(profile=profile), UTC)


def test_an_old_table_takes_new_records(uri: str) -> None:
    make_old_table(uri, "u-1", "u-2")
    profile = {"all_identities": ["a@b.c"], "platform": "Web"}
    merge(uri, person(at=90, profile=profile), person("new", at=1))
    rows = stored(uri)
    assert rows["u-1"] == {
        "identity": "u-1",
        "object_id": "-g-1",
        "properties": '{"a":1}',
        "updated_at": time(90),
        "all_identities": '["u-1","a@b.c"]',
        "platform": "Web",
        "created_at": time(50),
        "last_seen_at": time(90),
    }
    assert (rows["new"]["created_at"], rows["new"]["last_seen_at"]) == (time(1), time(1))
    assert rows["u-2"]["properties"] == '{"a":1}'
    merge(uri, person("u-2", at=10, profile={"platform": "iOS"}), batch=2)
    row = stored(uri)["u-2"]
    assert (row["created_at"], row["last_seen_at"]) == (time(10), time(50))


def test_it_merges_anew_when_another_commit_came_first(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old_table(uri, "u-1")
    real, calls = profiles.add_missing_columns, []

    def after_another(table: DeltaTable) -> None:
        calls.append(table)
        if len(calls) == 1:
            merge(uri, person(at=70, profileData={"b": 1}), batch=1)
            raise CommitFailedError("another was first")
        real(table)

    monkeypatch.setattr(profiles, "add_missing_columns", after_another)
    changes = [canonical_profile(person(at=80, profileData={"c": 1}), UTC)]
    assert ProfileWriter(uri).merge(changes, app_id="other", batch=1) == 1
    assert stored(uri)["u-1"]["properties"] == '{"a":1,"b":1,"c":1}'
