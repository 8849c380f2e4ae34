from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.exports.pipeline.awkward import person
from tests.exports.pipeline.encode.test_as_json import GOLDEN, same_spelling_of_floats
from tests.exports.pipeline.exporting import EventLake, ProfileLake
from tests.exports.pipeline.readers import xml_events
from tests.lakes import event, read_ndjson

NAME = "1795300000-1795300060-{}-20261121-0-0.xml"


@pytest.mark.parametrize("slug", ["Product-Viewed", "Charged", "UTM-Visited"])
def test_it_writes_the_example_files_byte_for_byte(slug: str, tmp_path: Path) -> None:
    lake = EventLake(tmp_path, read_ndjson(GOLDEN / "events.ndjson"))
    written = {file.name: file.content.decode() for file in lake.export("xml")}
    expected = (GOLDEN / NAME.format(slug)).read_text()
    assert same_spelling_of_floats(written[NAME.format(slug)]) == same_spelling_of_floats(expected)


def test_each_record_has_a_line_of_its_own_when_its_texts_have_one(tmp_path: Path) -> None:
    lake = EventLake(tmp_path, [event("Seen", at=n, evtData={"n": n}) for n in range(3)])
    (file,) = lake.export("xml")
    lines = file.content.decode().splitlines()
    assert lines[:2] == ['<?xml version="1.0" encoding="UTF-8"?>', "<root>"]
    assert all(line.startswith("<Event>") and line.endswith("</Event>") for line in lines[2:-1])
    assert lines[-1] == "</root>"


def test_carriage_returns_survive_a_parser(tmp_path: Path) -> None:
    properties = {"a\rb": "c\r\nd", "list": ["\r"]}
    (file,) = EventLake(tmp_path, [event("Seen", evtData=properties)]).export("xml")
    (record,) = xml_events(file.content)
    assert record["eventProps"] == {"a\rb": "c\r\nd", "list": '["\\r"]'}


def test_it_writes_a_character_that_xml_lacks_as_the_replacement(tmp_path: Path) -> None:
    (file,) = EventLake(tmp_path, [event("Seen", evtData={"x": "\ufffe\uffff"})]).export("xml")
    (record,) = xml_events(file.content)
    assert record["eventProps"] == {"x": "\ufffd\ufffd"}


def test_the_schema_of_the_tests_refuses_what_is_not_a_record(tmp_path: Path) -> None:
    (file,) = EventLake(tmp_path, [event("Seen")]).export("xml")
    with pytest.raises(etree.DocumentInvalid):
        xml_events(file.content.replace(b"eventName>", b"name>"))


def test_it_writes_a_profile_with_its_groups_in_order(tmp_path: Path) -> None:
    data = {"City": "Pune <1>", "Name": "Asha", "MSG-email": True, "name": "own"}
    known_as = {"all_identities": ["u-1", "a@x"], "platform": "Web", "objectId": "-g-1"}
    lake = ProfileLake(tmp_path, [person("u-1", profile=known_as, profileData=data)])
    (file,) = lake.export("xml", clevertap_id=True)
    assert file.text.decode().splitlines()[2] == (
        "<Profile><identity>u-1</identity><all_identities>u-1</all_identities>"
        "<all_identities>a@x</all_identities><objectId>-g-1</objectId><platform>Web</platform>"
        "<name>Asha</name>"
        "<commPrefs><entry><key>MSG-email</key><value>true</value></entry></commPrefs>"
        "<created>2026-11-21T00:00:00Z</created><lastSeen>2026-11-21T00:00:00Z</lastSeen>"
        "<profileProps><entry><key>City</key><value>Pune &lt;1&gt;</value></entry>"
        "<entry><key>profileData.name</key><value>own</value></entry></profileProps></Profile>"
    )
