"""Recurring profile exports send those who changed: whatever was rewritten meanwhile."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from clevertap_partners.eventstore.profile_reader import ProfileReader
from clevertap_partners.eventstore.profiles import ProfileChange, ProfileWriter
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.reader import EngineLimits

WHO = Query(["identity, properties"])


def change(name: str, seen_at: int = 1, **properties: object) -> ProfileChange:
    return ProfileChange(name, None, dict(properties), seen_at * 1_000_000)


def open_reader(uri: str) -> ProfileReader:
    return ProfileReader(uri, EngineLimits(memory_mb=100, scratch_dir=Path(uri).parent / "scratch"))


def changed(uri: str, since: int, version: int, rows_per_shard: int = 3) -> list[tuple[str, str]]:
    reader = open_reader(uri)
    rows = []
    for shard in reader.shards(version=version, since=since, rows_per_shard=rows_per_shard):
        batches = list(
            reader.scan(
                version=version,
                shard=shard.number,
                query=WHO,
                since=since,
                rows_per_shard=rows_per_shard,
            )
        )
        got = pa.Table.from_batches(batches).to_pylist() if batches else []
        assert len(got) == shard.rows
        rows += [(row["identity"], row["properties"]) for row in got]
    return rows


def merge(uri: str, batch: int, changes: list[ProfileChange]) -> int:
    ProfileWriter(uri).merge(changes, app_id="test", batch=batch)
    return int(DeltaTable(uri).version())


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return str(tmp_path / "profiles")


def test_only_people_who_are_new_or_others_come(uri: str) -> None:
    first = merge(uri, 1, [change("ann", plan="a"), change("bob", plan="b"), change("cy")])
    second = merge(uri, 2, [change("bob", plan="B"), change("ann", plan="a"), change("dee")])
    assert sorted(changed(uri, first, second)) == [("bob", '{"plan":"B"}'), ("dee", "{}")]


def test_a_person_who_was_only_seen_later_has_changed(uri: str) -> None:
    first = merge(uri, 1, [change("ann"), change("bob")])
    second = merge(uri, 2, [change("ann", seen_at=9)])
    assert changed(uri, first, second) == [("ann", "{}")]


def test_everybody_is_new_since_the_empty_table(uri: str) -> None:
    merge(uri, 1, [change("ann"), change("bob")])
    assert sorted(name for name, _ in changed(uri, 0, int(DeltaTable(uri).version()))) == [
        "ann",
        "bob",
    ]


def test_nobody_has_changed_when_files_are_only_put_together(uri: str) -> None:
    for number in range(1, 6):
        since = merge(uri, number, [change(f"p{number}")])
    DeltaTable(uri).optimize.compact()
    version = int(DeltaTable(uri).version())
    assert version > since
    assert changed(uri, since, version) == []


def test_large_people_are_compared_as_well(uri: str) -> None:
    first = merge(uri, 1, [change(f"p{n}", note="x" * 5_000) for n in range(50)])
    second = merge(uri, 2, [change("p7", note="y" * 5_000)])
    assert [name for name, _ in changed(uri, first, second)] == ["p7"]


def test_a_row_is_found_in_whichever_files_it_was_and_is(uri: str) -> None:
    # Each file's rows, before and after, in an order of their own.
    write(uri, ["a", "b", "c"], ["d", "e"], ["f"])
    since = int(DeltaTable(uri).version())
    write(uri, ["e", "new", "a"], ["f"], ["c", "b", "d2"], mode="overwrite")
    version = int(DeltaTable(uri).version())
    for rows_per_shard in (1, 3, 100):
        names = [name for name, _ in changed(uri, since, version, rows_per_shard)]
        assert sorted(names) == ["d2", "new"]


def test_each_old_file_is_read_once_for_a_shard_of_many_files(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(uri, ["a"], ["b"], ["c"])
    since = int(DeltaTable(uri).version())
    write(uri, ["a"], ["b"], ["x"], mode="overwrite")
    version = int(DeltaTable(uri).version())
    read: Counter[str] = Counter()
    rows = ProfileReader._rows

    def watched(reader: ProfileReader, cursor: object, file: str) -> object:
        read[file] += 1
        return rows(reader, cursor, file)  # type: ignore[arg-type]  # as it was given

    monkeypatch.setattr(ProfileReader, "_rows", watched)
    open_reader(uri).shards(version=version, since=since)
    assert set(read.values()) == {1}
    assert len(read) == 6


def test_what_is_noted_of_many_people_spills(uri: str) -> None:
    people = [f"person-{n}" for n in range(600_000)]
    write(uri, people[:300_000], people[300_000:])
    since = int(DeltaTable(uri).version())
    write(uri, [*people[:400_000], "new"], people[400_000:], mode="overwrite")
    reader = ProfileReader(uri, EngineLimits(memory_mb=30, scratch_dir=Path(f"{uri}-scratch")))
    shards = reader.shards(version=int(DeltaTable(uri).version()), since=since)
    assert sum(shard.rows for shard in shards) == 1


def write(uri: str, *files: list[str], mode: Literal["append", "overwrite"] = "append") -> None:
    """A file of these people for each list, the first with `mode`."""
    for names in files:
        texts = {name: ["x"] * len(names) for name in ("object_id", "all_identities", "platform")}
        times = pa.array([1] * len(names), pa.int64()).cast(pa.timestamp("us", tz="UTC"))
        rows = {"identity": names, **texts, "properties": ["{}"] * len(names)}
        rows |= {"created_at": times, "last_seen_at": times}
        write_deltalake(uri, pa.table(rows), mode=mode)
        mode = "append"


People = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 2), max_size=4)


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.one_of(People, st.none()), min_size=1, max_size=6), data=st.data())
def test_applying_the_changes_of_any_two_versions_gives_the_later_one(
    steps: list[dict[str, int] | None],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    uri = str(tmp_path_factory.mktemp("lake") / "profiles")
    states: dict[int, dict[str, str]] = {merge(uri, 0, [change("a", v=0)]): {"a": '{"v":0}'}}
    for number, step in enumerate(steps, 1):
        state = dict(states[max(states)])
        if step is None:
            DeltaTable(uri).optimize.compact()
        elif step:
            merge(uri, number, [change(name, v=value) for name, value in step.items()])
            state |= {name: f'{{"v":{value}}}' for name, value in step.items()}
        states[int(DeltaTable(uri).version())] = state
    since = data.draw(st.sampled_from(sorted(states)))
    version = data.draw(st.sampled_from([each for each in states if each >= since]))
    sent = changed(uri, since, version)
    assert len(dict(sent)) == len(sent)
    assert states[since] | dict(sent) == states[version]
    assert all(states[since].get(name) != properties for name, properties in sent)
