"""The contract of every registered format: many names, wide people, and the engine's memory."""

from __future__ import annotations

from pathlib import Path

from tests.exports.pipeline.awkward import person
from tests.exports.pipeline.comparing import assert_same_events, assert_same_people
from tests.exports.pipeline.contract.marks import formats
from tests.exports.pipeline.exporting import EventLake, ProfileLake
from tests.lakes import event


@formats
def test_an_event_of_a_thousand_properties_of_which_each_row_has_few(
    format_key: str, tmp_path: Path
) -> None:
    uploads = [
        event("Sparse", at=n, evtData={f"p{(7 * n + k) % 1000:03}": f"<{n}>" for k in range(5)})
        for n in range(400)
    ]
    files = EventLake(tmp_path, uploads).export(format_key)
    assert_same_events(format_key, files, uploads)


@formats
def test_people_of_many_kilobytes_do_not_outgrow_the_engine(
    format_key: str, tmp_path: Path
) -> None:
    # 2,048 of these at a time, as the engine likes it, would be 60 MB in each of its vectors.
    people = [person(f"u-{n:04}", profileData={"text": f"<{n},&>" * 4_000}) for n in range(600)]
    files = ProfileLake(tmp_path, people, memory_mb=96).export(format_key)
    assert_same_people(format_key, files, [people])
