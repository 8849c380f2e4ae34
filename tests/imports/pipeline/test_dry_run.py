from __future__ import annotations

import pyarrow as pa

from imports import row_faults as faults
from imports.mapping import DATE_TYPE, EPOCH_S, INTEGER, STRING, Property
from imports.pipeline.dry_run import FieldResult, dry_run
from tests.imports.pipeline.sources import batch_of, context, of_events, of_people


def test_it_tells_of_each_field_what_it_becomes_or_why_not() -> None:
    mapping = of_events(
        Property("n", "Number", INTEGER),
        Property("d", "Day", DATE_TYPE, "dd/MM/yyyy"),
        event_name="",
        event_name_column="name",
        created_on_column="at",
        created_on_format=EPOCH_S,
    )
    sample = pa.Table.from_batches(
        [
            batch_of(id=["u"], n=["1"], d=["01/02/1970"], name=["A"], at=[1_700_000_000]),
            batch_of(id=["u"], n=["x"], d=["nope"], name=["App Launched"], at=[0]),
        ]
    )
    good, bad = dry_run(mapping, [], sample, context())
    assert (good.number, good.result, good.failures) == (1, "Success", ())
    assert good.fields == (
        FieldResult("id", "Identity", "", "u"),
        FieldResult("at", "Created On", "", "2023-11-14T22:13:20Z"),
        FieldResult("name", "Event name", "", "A"),
        FieldResult("n", "Number", INTEGER, "1"),
        FieldResult("d", "Day", DATE_TYPE, '"$D_2678401"'),
    )
    assert (bad.number, bad.result) == (2, "Error")
    assert [(each.property, each.code, each.value) for each in bad.failures] == [
        ("Created On", faults.CREATED_ON_OUT_OF_RANGE, "0"),
        ("Event name", faults.EVENT_NAME_RESTRICTED, "App Launched"),
        ("Number", faults.NOT_A_WHOLE_NUMBER, "x"),
        ("Day", faults.DATE_FORMAT, "nope"),
    ]
    assert "in the format dd/MM/yyyy" in bad.failures[-1].sentence


def test_a_property_that_is_left_out_has_no_value() -> None:
    sample = pa.Table.from_batches([batch_of(s=pa.array([None, ""], pa.string()))])
    absent, empty = dry_run(of_people(Property("s", "S", STRING)), [], sample, context())
    assert (absent.fields[1].value, empty.fields[1].value) == ("", '""')


def test_an_event_that_the_account_has_no_room_for_fails() -> None:
    sample = pa.Table.from_batches([batch_of(id=["a", "b"])])
    rows = dry_run(of_events(), [], sample, context(admit=lambda names: set()))
    assert [row.failures[0].code for row in rows] == [faults.EVENT_NAME_NO_ROOM] * 2


def test_an_empty_sample_has_no_rows() -> None:
    assert dry_run(of_events(), [], pa.Table.from_batches([batch_of(id=[])]), context()) == []
