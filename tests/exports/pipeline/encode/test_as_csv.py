from __future__ import annotations

from pathlib import Path

import pytest

from tests.exports.pipeline.awkward import EVENTS, NAMES, TEXTS, person
from tests.exports.pipeline.comparing import (
    assert_same_events,
    expected_events,
    known_of_people,
    people_records,
    scopes_of,
)
from tests.exports.pipeline.encode.test_as_json import GOLDEN, same_spelling_of_floats
from tests.exports.pipeline.expected import (
    EVENT_COLUMNS,
    Choices,
    csv_header,
    event_record,
    guarded,
)
from tests.exports.pipeline.exporting import EventLake, ProfileLake
from tests.exports.pipeline.readers import csv_records, csv_table
from tests.lakes import event, read_ndjson

NAME = "1795300000-1795300060-{}-20261121-0-0.csv"


@pytest.mark.parametrize("slug", ["Product-Viewed", "Charged", "UTM-Visited"])
def test_it_writes_the_example_files_byte_for_byte(slug: str, tmp_path: Path) -> None:
    lake = EventLake(tmp_path, read_ndjson(GOLDEN / "events.ndjson"))
    written = {file.name: file.content.decode() for file in lake.export("csv")}
    expected = (GOLDEN / NAME.format(slug)).read_text()
    assert same_spelling_of_floats(written[NAME.format(slug)]) == same_spelling_of_floats(expected)


@pytest.mark.parametrize("group", ["alike", "named", "many", "people"])
def test_its_columns_are_the_fixed_ones_then_the_properties_by_name(
    group: str, tmp_path: Path
) -> None:
    uploads = list(EVENTS[group]())
    for file in EventLake(tmp_path, uploads).export("csv"):
        header, _ = csv_table(file.content)
        records = [event_record(upload, Choices()) for upload in uploads]
        known = scopes_of([one for one in records if one["eventName"] == file.event_name])
        named = [(f"{scope}.", properties) for scope, properties in known.items()]
        assert header == [*EVENT_COLUMNS, *csv_header(named)]


def test_the_columns_of_profiles_are_in_the_order_of_the_product(tmp_path: Path) -> None:
    data = {"b": 1, "a": [{"k": 1}], "Email": "e", "MSG-sms": True, "created": "mine"}
    uploads = [person("p", profileData=data)]
    (file,) = ProfileLake(tmp_path, uploads).export("csv", clevertap_id=True)
    header, _ = csv_table(file.text)
    assert header == (
        ["identity", "all_identities", "objectId", "platform", "name", "email", "phone"]
        + ["MSG-sms", "created", "lastSeen", "a|k", "b", "profileData.created"]
    )
    assert known_of_people(people_records([uploads], Choices()).values()).keys() <= {
        column.partition("|")[0] for column in header
    }


def test_it_quotes_only_what_needs_quotes(tmp_path: Path) -> None:
    properties = {"a": " x ", "b": "x,y", "c": 'say "x"', "d": "x\ny", "e": "x\ry", "f": "'x'"}
    (file,) = EventLake(tmp_path, [event("Seen", evtData=properties)]).export("csv")
    assert file.content.endswith(b', x ,"x,y","say ""x""","x\ny","x\ry",\'x\'\n')


@pytest.mark.parametrize("event_name", ["a\rb", "a\nb", "a,b", 'a"b', "plain"])
def test_headers_are_quoted_like_values(event_name: str, tmp_path: Path) -> None:
    names = dict.fromkeys(NAMES, "x")
    (file,) = EventLake(tmp_path, [event(event_name, evtData=names)]).export("csv")
    (row,) = csv_records(file.content)
    assert row["eventName"] == event_name
    assert len(row) == 3 + len(NAMES)


def test_the_formula_guard_makes_every_cell_safe_but_numbers(tmp_path: Path) -> None:
    uploads = [*EVENTS["people"](), *EVENTS["alike"](), event("=1+1", evtData={"=x": "=y"})]
    lake = EventLake(tmp_path, uploads)
    files = lake.export("csv", formula_guard=True)
    assert_same_events("csv", files, uploads, formula_guard=True)
    for file in files:
        header, rows = csv_table(file.content)
        for cell in [*header, *(cell for row in rows for cell in row)]:
            assert guarded(cell) == cell


def test_the_formula_guard_leaves_what_it_does_not_touch_as_it_was(tmp_path: Path) -> None:
    uploads = [
        event("Seen", at=number, evtData={"x": text, "n": -number, "f": -0.5 * number})
        for number, text in enumerate(TEXTS)
    ]
    (file,) = EventLake(tmp_path, uploads).export("csv", formula_guard=True)
    plain = expected_events("csv", uploads, Choices())["Seen"]
    for row, record in zip(csv_records(file.content), plain, strict=True):
        assert {key: text.removeprefix("'") for key, text in row.items()} == {
            key: text.removeprefix("'") for key, text in record.items()
        }
        assert "'" not in row.get("eventProps.n", "") + row.get("eventProps.f", "")


def test_the_formula_guard_covers_headers_of_profiles(tmp_path: Path) -> None:
    lake = ProfileLake(tmp_path, [person("=p", profileData={"=cmd()": "@x", "-1": 5})])
    (file,) = lake.export("csv", formula_guard=True)
    (row,) = csv_records(file.text)
    assert row["'=cmd()"] == "'@x"
    assert row["-1"] == "5"
    assert row["identity"] == "'=p"


def test_a_property_of_several_kinds_shows_each_value_by_its_own_rule(tmp_path: Path) -> None:
    values = ["[a, b]", ["a", "b"], [{"k": 1}, {"k": 2}], {"k": 1}, 5, None, [{"z": 3}, {"k": 4}]]
    uploads = [event("Seen", at=n, evtData={"x": value}) for n, value in enumerate(values)]
    (file,) = EventLake(tmp_path, uploads).export("csv")
    cells = [
        [row.get(f"eventProps.x{inside}", "") for inside in ("", "|k", "|z")]
        for row in csv_records(file.content)
    ]
    assert cells == [
        ["[a, b]", "", ""],
        ["[a, b]", "", ""],
        ["", "[1, 2]", ""],
        ['{"k":1}', "", ""],
        ["5", "", ""],
        ["", "", ""],
        ["", "[, 4]", "[3, ]"],
    ]
