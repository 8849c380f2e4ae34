from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exports.pipeline.run import UnitResult
from tests.exports.pipeline.conftest import ReadyPlan
from tests.fakes.memory import MemorySink
from tests.lakes import event, read_ndjson, write_lake

GOLDEN = Path(__file__).parent.parent / "golden"
NAME = "1795300000-1795300060-{}-20261121-0-0.json"

Make = Callable[..., ReadyPlan]
Run = Callable[..., UnitResult]


def same_spelling_of_floats(text: str) -> str:
    """Floats compare by value: 1e-07 and 1e-7 are one number."""
    return re.sub(r"\d+(?:\.\d+)?[eE][+-]?\d+", lambda found: repr(float(found[0])), text)


@pytest.mark.parametrize("slug", ["Product-Viewed", "Charged", "UTM-Visited"])
def test_it_writes_the_example_files_byte_for_byte(
    slug: str, lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, read_ndjson(GOLDEN / "events.ndjson"))
    export_day(make_plan(), sink := MemorySink())
    written = sink.objects[NAME.format(slug)].decode()
    assert same_spelling_of_floats(written) == same_spelling_of_floats(
        (GOLDEN / NAME.format(slug)).read_text()
    )


def test_it_writes_plain_ndjson_when_asked(lake: Path, make_plan: Make, export_day: Run) -> None:
    write_lake(lake, read_ndjson(GOLDEN / "events.ndjson"))
    export_day(make_plan(event_name_line=False), sink := MemorySink())
    name = NAME.format("Product-Viewed")
    expected = (GOLDEN / f"{name}.ndjson-option").read_text()
    assert same_spelling_of_floats(sink.objects[name].decode()) == same_spelling_of_floats(expected)


def first_record(sink: MemorySink) -> dict[str, Any]:
    (content,) = sink.objects.values()
    record: dict[str, Any] = json.loads(content.splitlines()[1])
    return record


PROFILE = {
    "objectId": "-g-7",
    "email": 'a"b@example.com',
    "phone": "4930123",
    "platform": "Web",
}


def test_it_adds_the_clevertap_id_after_the_identity_when_asked(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, [event("Seen", identity='u"1', profile=PROFILE)])
    export_day(make_plan(clevertap_id=True), sink := MemorySink())
    profile = first_record(sink)["profile"]
    assert list(profile.items()) == [
        ("identity", 'u"1'),
        ("objectId", "-g-7"),
        ("platform", "Web"),
        ("phone", "4930123"),
        ("email", 'a"b@example.com'),
    ]


def test_it_falls_back_along_the_identifiers_to_the_first_that_is_there(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    anonymous = event("Seen", profile=PROFILE)
    del anonymous["identity"]
    anonymous["objectId"] = "-g-7"
    write_lake(lake, [anonymous])
    export_day(make_plan(identifiers=("identity", "email")), sink := MemorySink())
    assert first_record(sink)["profile"]["identity"] == 'a"b@example.com'


def test_it_writes_an_empty_profile_when_no_identifier_is_there(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    anonymous = event("Seen", profile={"objectId": "-g-7"})
    del anonymous["identity"]
    write_lake(lake, [anonymous])
    export_day(make_plan(identifiers=("email", "phone")), sink := MemorySink())
    assert first_record(sink)["profile"] == {}


def test_it_keeps_the_first_line_one_line(lake: Path, make_plan: Make, export_day: Run) -> None:
    write_lake(lake, [event("Two\nlines")])
    export_day(make_plan(), sink := MemorySink())
    (content,) = sink.objects.values()
    assert content.startswith(b"Two lines\n{")


def test_it_keeps_any_text_and_number_as_it_was(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    properties = {
        "text": 'नमस्ते "quoted" \\ back 😀 \t tab',
        "big": 123456789012345678901234567890,
        "tiny": 5e-324,
        "nested": {"list": [1, None, {"a": True}]},
    }
    write_lake(lake, [event("Seen", evtData=properties, controlGroupName='C "1"')])
    export_day(make_plan(), sink := MemorySink())
    record = first_record(sink)
    assert record["eventProps"] == properties
    assert record["controlGroupName"] == 'C "1"'
