"""The contract of every registered format, over profiles."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from exports.pipeline.encode import FORMATS
from tests.exports.pipeline.awkward import KNOWN_AS, Upload, history, people, person
from tests.exports.pipeline.comparing import assert_same_people
from tests.exports.pipeline.contract.marks import formats
from tests.exports.pipeline.exporting import ProfileLake

GROUPS = {
    "people": lambda: [list(people())],
    "history": history,
    "nobody": lambda: [[person("a"), person("b", profile=KNOWN_AS)]],
}
Lakes = Callable[[str], tuple[ProfileLake, list[list[Upload]]]]


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    @cache
    def lake(group: str) -> tuple[ProfileLake, list[list[Upload]]]:
        loads = GROUPS[group]()
        return ProfileLake(tmp_path_factory.mktemp(group), *loads), loads

    return lake


@formats
@pytest.mark.parametrize("group", GROUPS)
def test_everybody_comes_back_as_they_were(group: str, format_key: str, lakes: Lakes) -> None:
    lake, loads = lakes(group)
    assert_same_people(format_key, lake.export(format_key), loads)


@formats
def test_values_as_strings_come_back_as_texts(format_key: str, lakes: Lakes) -> None:
    lake, loads = lakes("people")
    files = lake.export(format_key, values_as_strings=True)
    assert_same_people(format_key, files, loads, values_as_strings=True)


@formats
@pytest.mark.parametrize("identifiers", [("email",), ("phone", "email", "identity"), ("phone",)])
def test_the_identity_is_the_first_identifier_that_is_there(
    identifiers: tuple[str, ...], format_key: str, lakes: Lakes
) -> None:
    lake, loads = lakes("history")
    options = {"identifiers": identifiers, "clevertap_id": True}
    assert_same_people(format_key, lake.export(format_key, **options), loads, **options)


@formats
def test_shards_hold_everybody_between_them(format_key: str, lakes: Lakes) -> None:
    lake, loads = lakes("history")
    files = lake.export(format_key, rows_per_shard=1, max_bytes=4_000)
    assert len(lake.reader.shards(version=lake.version, rows_per_shard=1)) > 1
    assert len({file.name for file in files}) == len(files)
    assert_same_people(format_key, files, loads)


@formats
def test_its_files_are_compressed_by_gzip_or_inside(format_key: str, lakes: Lakes) -> None:
    (file,) = lakes("nobody")[0].export(format_key)
    if FORMATS[format_key].compresses_inside:
        assert file.name.endswith(f"-0-{format_key}.{format_key}")
    else:
        assert file.name.endswith(f"-0-{format_key}.gz")
        assert gzip.decompress(file.content)


@formats
def test_nobody_makes_no_file(format_key: str, tmp_path: Path) -> None:
    assert ProfileLake(tmp_path, []).export(format_key) == []


@formats
def test_the_same_people_give_the_same_bytes(format_key: str, lakes: Lakes) -> None:
    lake, _ = lakes("history")
    first, second = (lake.export(format_key, max_bytes=6_000) for _ in range(2))
    assert first == second
