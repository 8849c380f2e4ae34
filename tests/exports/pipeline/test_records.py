from __future__ import annotations

import json

from clevertap_partners.eventstore.schema import EventSchema, property_schema
from exports.pipeline.records import EventRecords, ProfileRecords, Records, as_json, from_json
from tests.exports.pipeline.awkward import EVENT_NAMES, NAMES

PROPERTIES = tuple(
    property_schema(name, ["items", "string"], {"": ["integer"], name: ["float", "list"]})
    for name in NAMES
)


def through_json(records: Records) -> Records:
    return from_json(json.loads(json.dumps(as_json(records))))


def test_events_come_back_from_json_in_the_order_of_their_properties() -> None:
    schema = EventSchema(event_props=PROPERTIES, session_props=PROPERTIES[::-1])
    records = EventRecords(dict.fromkeys(EVENT_NAMES, schema))
    assert through_json(records) == records


def test_profiles_come_back_from_json() -> None:
    assert through_json(ProfileRecords(PROPERTIES)) == ProfileRecords(PROPERTIES)


def test_nothing_comes_back_as_nothing() -> None:
    assert through_json(EventRecords()) == EventRecords()
    assert through_json(ProfileRecords()) == ProfileRecords()
    assert from_json({}) == EventRecords()
