"""The contract of every registered format: no file beyond its limit, no record lost or doubled."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from exports.pipeline.encode import FORMATS
from tests.exports.pipeline.awkward import Upload, person
from tests.exports.pipeline.comparing import assert_same_events, assert_same_people
from tests.exports.pipeline.contract.marks import formats, formats_and_gzip
from tests.exports.pipeline.exporting import EventLake, ProfileLake
from tests.lakes import event

Lakes = Callable[[str], tuple[EventLake, list[Upload]]]
text_formats = pytest.mark.parametrize(
    "format_key", [key for key, spec in FORMATS.items() if not spec.compresses_inside]
)


def _texts(kind: str, count: int) -> Iterator[str]:
    """Texts that compress well, by a quarter, hardly, and now and then a huge one."""
    dice = random.Random(kind)  # noqa: S311  (test data)
    for number in range(count):
        if kind == "repeated":
            yield "abc " * 40
        elif kind == "base64" or number % 97:
            yield base64.b64encode(dice.randbytes(150)).decode()
        else:
            yield base64.b64encode(dice.randbytes(6_000)).decode()


def _uploads(kind: str, count: int = 400) -> list[Upload]:
    rows = [
        event("Seen", at=n, record_id=f"{n:05}", evtData={"n": n, "text": text})
        for n, text in enumerate(_texts(kind, count))
    ]
    return [event("Before", at=5), *rows, event("With, after", at=5)]


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    @cache
    def lake(kind: str) -> tuple[EventLake, list[Upload]]:
        uploads = _uploads(kind)
        return EventLake(tmp_path_factory.mktemp(kind), uploads), uploads

    return lake


@formats_and_gzip
@pytest.mark.parametrize("kind", ["repeated", "mixed"])
def test_no_file_is_larger_than_its_limit_unless_it_holds_one_record(
    kind: str, compress: bool, format_key: str, lakes: Lakes
) -> None:
    lake, uploads = lakes(kind)
    for max_bytes in (90_000,) if format_key == "parquet" else (1_500, 25_000):
        files = lake.export(format_key, compress=compress, max_bytes=max_bytes)
        assert_same_events(format_key, files, uploads)
        assert all(len(file.content) <= max_bytes or file.rows == 1 for file in files)


@formats
def test_a_limit_that_nothing_fits_gives_each_record_a_file(
    format_key: str, tmp_path: Path
) -> None:
    uploads = [event("Seen", at=n, evtData={"n": n}) for n in range(20)]
    files = EventLake(tmp_path, uploads).export(format_key, max_bytes=1)
    assert [file.rows for file in files] == [1] * 20
    assert [file.index for file in files] == list(range(20))
    assert_same_events(format_key, files, uploads)


@text_formats
@pytest.mark.parametrize("kind", ["repeated", "base64"])
def test_plain_files_are_nearly_full(kind: str, format_key: str, lakes: Lakes) -> None:
    lake, _ = lakes(kind)
    files = [one for one in lake.export(format_key, max_bytes=20_000) if one.event_name == "Seen"]
    assert len(files) > 2
    assert all(len(file.content) > 0.7 * 20_000 for file in files[:-1])


@text_formats
def test_compressed_files_are_nearly_full(format_key: str, lakes: Lakes) -> None:
    lake, _ = lakes("base64")
    files = lake.export(format_key, max_bytes=20_000, compress=True)
    seen = [file for file in files if file.event_name == "Seen"]
    assert len(seen) > 2
    assert all(len(file.content) > 0.7 * 20_000 for file in seen[:-1])


@pytest.mark.parametrize(("kind", "least"), [("base64", 0.4), ("repeated", 0.15)])
def test_parquet_files_are_reasonably_full(kind: str, least: float, tmp_path: Path) -> None:
    files = EventLake(tmp_path, _uploads(kind, 4_000)).export("parquet", max_bytes=200_000)
    seen = [file for file in files if file.event_name == "Seen"]
    assert len(seen) > 2
    assert all(len(file.content) > least * 200_000 for file in seen[:-1])


@formats
def test_no_file_of_profiles_is_larger_than_its_limit(format_key: str, tmp_path: Path) -> None:
    uploads = [
        person(f"p{n:04}", at=n, profileData={"n": n, "text": text})
        for n, text in enumerate(_texts("mixed", 150))
    ]
    max_bytes = 40_000 if format_key == "parquet" else 9_000
    files = ProfileLake(tmp_path, uploads).export(format_key, max_bytes=max_bytes)
    assert len(files) > 2
    assert all(len(file.content) <= max_bytes or file.rows == 1 for file in files)
    assert_same_people(format_key, files, [uploads])


@formats_and_gzip
def test_the_same_plan_gives_the_same_bytes(compress: bool, format_key: str, lakes: Lakes) -> None:
    lake, _ = lakes("mixed")
    first, second = (lake.export(format_key, compress=compress, max_bytes=40_000) for _ in range(2))
    assert first == second


@text_formats
@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("batch_rows", [1])
def test_how_rows_arrive_changes_no_byte(
    batch_rows: int,
    compress: bool,
    format_key: str,
    lakes: Lakes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lake, _ = lakes("mixed")
    expected = lake.export(format_key, compress=compress, max_bytes=40_000)
    monkeypatch.setattr("clevertap_partners.eventstore.reader.BATCH_ROWS", batch_rows)
    assert lake.export(format_key, compress=compress, max_bytes=40_000) == expected


@formats
def test_records_of_many_kilobytes_in_several_files_do_not_outgrow_the_engine(
    format_key: str, tmp_path: Path
) -> None:
    # 2,048 of these at a time, as the engine likes it, would be 40 MB in each of its vectors.
    loads = [
        [event("Wide", at=4 * n + load, evtData={"text": f"<{n},&>" * 4_000}) for n in range(300)]
        for load in range(4)
    ]
    lake = EventLake(tmp_path, *loads, memory_mb=64)
    files = lake.export(format_key)
    assert_same_events(format_key, files, sorted(sum(loads, []), key=lambda one: one["ts"]))
