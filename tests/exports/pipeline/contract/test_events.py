"""The contract of every registered format, over events: what goes in comes out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from exports.pipeline.encode import FORMATS
from tests.exports.pipeline.awkward import DEVICE, EVENTS, PROFILE, Upload, people_of_events
from tests.exports.pipeline.comparing import assert_same_events
from tests.exports.pipeline.contract.marks import formats, formats_and_gzip
from tests.exports.pipeline.exporting import EventLake
from tests.exports.pipeline.readers import FORMAT_CHECKS
from tests.lakes import event

Lakes = Callable[[str], tuple[EventLake, list[Upload]]]


def test_every_format_has_a_reader_of_its_own() -> None:
    assert FORMAT_CHECKS.keys() == FORMATS.keys()


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    @cache
    def lake(group: str) -> tuple[EventLake, list[Upload]]:
        uploads = list(EVENTS[group]())
        return EventLake(tmp_path_factory.mktemp(group), uploads), uploads

    return lake


@formats_and_gzip
@pytest.mark.parametrize("group", EVENTS)
def test_everything_comes_back_as_it_was(
    group: str, compress: bool, format_key: str, lakes: Lakes
) -> None:
    lake, uploads = lakes(group)
    files = lake.export(format_key, compress=compress)
    assert_same_events(format_key, files, uploads)


@formats
@pytest.mark.parametrize("group", ["alike", "named", "people"])
def test_values_as_strings_come_back_as_texts(group: str, format_key: str, lakes: Lakes) -> None:
    lake, uploads = lakes(group)
    files = lake.export(format_key, values_as_strings=True)
    assert_same_events(format_key, files, uploads, values_as_strings=True)


@formats
@pytest.mark.parametrize(
    ("identifiers", "clevertap_id"),
    [
        (("identity",), True),
        (("email",), False),
        (("phone", "email", "identity"), True),
    ],
)
def test_the_identity_is_the_first_identifier_that_is_there(
    identifiers: tuple[str, ...], clevertap_id: bool, format_key: str, lakes: Lakes
) -> None:
    lake, uploads = lakes("people")
    options = {"identifiers": identifiers, "clevertap_id": clevertap_id}
    assert_same_events(format_key, lake.export(format_key, **options), uploads, **options)


@formats
def test_a_day_without_events_makes_no_file(format_key: str, tmp_path: Path) -> None:
    tomorrow = event("Seen", at=86_400)
    assert EventLake(tmp_path, [tomorrow]).export(format_key) == []


@formats
@pytest.mark.parametrize("batch_rows", [1, 100_000])
def test_how_rows_arrive_changes_no_value(
    batch_rows: int, format_key: str, lakes: Lakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clevertap_partners.eventstore.reader.BATCH_ROWS", batch_rows)
    lake, uploads = lakes("alike")
    assert_same_events(format_key, lake.export(format_key), uploads)


@formats
def test_late_loads_are_merged_in_order(format_key: str, tmp_path: Path) -> None:
    uploads = list(people_of_events())
    lake = EventLake(tmp_path, *(uploads[load::7] for load in range(7)))
    assert_same_events(format_key, lake.export(format_key), uploads)


@formats
def test_a_hundred_events_of_one_day_have_a_file_each(format_key: str, tmp_path: Path) -> None:
    known = {"profile": PROFILE, "deviceInfo": DEVICE}
    uploads = [
        event(f"E{number}", at=number, evtData={f"p{number % 7}": number, "q": "x"}, **known)
        for number in range(100)
    ]
    lake = EventLake(tmp_path, uploads)
    files = lake.export(format_key)
    assert len(files) == 100
    assert_same_events(format_key, files, uploads)
