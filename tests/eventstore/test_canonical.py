from __future__ import annotations

import datetime
import json
import zoneinfo
from typing import Any

import pytest

from clevertap_partners.eventstore.canonical import (
    MAX_EVENT_NAME_BYTES,
    MAX_PROPERTIES,
    Capture,
    EventRow,
    canonical_event,
)
from clevertap_partners.eventstore.jsontext import Refused
from tests.lakes import MIDNIGHT, UTC, event


def canonical(record: Any, capture: Capture = UTC) -> EventRow:
    return canonical_event(record, capture, record_id="made-1", plain=False)


def in_berlin() -> Capture:
    return Capture(zone=zoneinfo.ZoneInfo("Europe/Berlin"), captured_s=UTC.captured_s)


def test_it_writes_the_profile_in_the_fixed_order_without_the_clevertap_id() -> None:
    profile = {"email": "a@b.c", "objectId": "-g-1", "phone": 911234567890, "all_identities": ["u"]}
    row = canonical(event("A", profile={**profile, "platform": "Web", "name": ""}))
    assert row.profile == (
        '{"identity":"u-1","all_identities":["u"],"platform":"Web",'
        '"phone":"911234567890","email":"a@b.c"}'
    )
    assert row.object_id == "-g-1"


def test_it_writes_the_device_in_the_fixed_order() -> None:
    sizes = {"unit": "mm", "height": 2, "width": 0.0}
    row = canonical(event("A", deviceInfo={"dimensions": sizes, "dpi": 0.0, "make": "Pixel"}))
    assert row.device_info == (
        '{"make":"Pixel","dpi":0.0,"dimensions":{"width":0.0,"height":2,"unit":"mm"}}'
    )


def test_it_leaves_out_what_is_empty() -> None:
    row = canonical(event("A", deviceInfo={}, sessionProps={}, evtData={}))
    assert (row.device_info, row.session_props, row.event_props) == (None, None, "{}")


def test_it_keeps_properties_in_the_order_given_and_drops_nulls() -> None:
    row = canonical(event("A", evtData={"b": 1, "x": None, "a": {"y": None, "z": [None, 1]}}))
    assert row.event_props == '{"b":1,"a":{"z":[null,1]}}'


@pytest.mark.parametrize(
    "number", ["123456789012345678901234567890", "9007199254740993", "-5", "0.1"]
)
def test_it_keeps_numbers_as_they_are(number: str) -> None:
    row = canonical(event("A", evtData={"n": json.loads(number)}))
    assert row.event_props == f'{{"n":{number}}}'


def test_it_replaces_what_no_format_can_carry() -> None:
    row = canonical(event("A", evtData={"k\x00\tey": "a\x1f\n\x85b\ud800"}))
    assert json.loads(row.event_props) == {"k?\tey": "a?\n?b\N{REPLACEMENT CHARACTER}"}


def test_it_tells_the_time_on_the_accounts_clock_through_the_end_of_summer_time() -> None:
    folds = (1792888200, 1792891800)  # 02:30 twice, on 2026-10-25 in Berlin
    rows = [canonical({**event("A"), "ts": second}, in_berlin()) for second in folds]
    assert [row.ts for row in rows] == [20261025023000, 20261025023000]
    assert [row.event_time for row in rows] == [second * 1_000_000 for second in folds]


def test_it_takes_the_day_from_the_accounts_clock() -> None:
    row = canonical({**event("A"), "ts": MIDNIGHT - 1}, in_berlin())
    assert row.event_day == (datetime.date(2026, 11, 21) - datetime.date(1970, 1, 1)).days


def test_it_uses_the_time_of_capture_when_the_record_has_none() -> None:
    record = event("A")
    del record["ts"]
    assert canonical(record).event_time == UTC.captured_s * 1_000_000


def test_it_uses_the_records_own_id_first() -> None:
    assert canonical(event("A", record_id="mine")).record_id == "mine"
    record = event("A")
    del record["record_id"]
    assert canonical(record).record_id == "made-1"


REFUSED = {
    "neither identity nor objectId": {"identity": None},
    "no evtName": {"evtName": "  "},
    "too long": {"evtName": "é" * (MAX_EVENT_NAME_BYTES // 2 + 1)},
    "not a whole number": {"ts": True},
    "looks like milliseconds": {"ts": MIDNIGHT * 1000},
    "outside the years": {"ts": -1},
    "“colour” in profile": {"profile": {"colour": 1}},
    "“ram” in deviceInfo": {"deviceInfo": {"ram": 1}},
    "“depth” in deviceInfo.dimensions": {"deviceInfo": {"dimensions": {"depth": 1}}},
    "“FBID” in the record": {"FBID": "1"},
    "two different people": {"profile": {"identity": "u-2"}},
    "evtData that is not an object": {"evtData": [1]},
    "dpi in deviceInfo that is not a number": {"deviceInfo": {"dpi": "96"}},
    "not finite": {"evtData": {"n": float("inf")}},
    "two keys that both become": {"evtData": {"a\x00": 1, "a\x01": 2}},
    "a property without a name": {"evtData": {"": 1}},
    "a property name in evtData": {"evtData": {"k" * 121: 1}},
    f"at most {MAX_PROPERTIES}": {"evtData": {f"k{n}": n for n in range(MAX_PROPERTIES + 1)}},
    "type date": {"evtData": {"d": datetime.date(2026, 1, 1)}},
    "a list of texts": {"profile": {"all_identities": "u-1"}},
    "more than 1024 characters": {"identity": "x" * 1025},
}


@pytest.mark.parametrize("reason", REFUSED)
def test_it_refuses_with_a_reason(reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        canonical(event("A") | REFUSED[reason])


@pytest.mark.parametrize("record", [[], "text", 1, None])
def test_it_refuses_what_is_not_an_object(record: Any) -> None:
    with pytest.raises(Refused, match="not a JSON object"):
        canonical(record)
