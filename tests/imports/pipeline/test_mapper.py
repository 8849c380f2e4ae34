"""Whose row it is, when it happened, what it is called; and the report of those that fail."""

from __future__ import annotations

import datetime
import io
import time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from clevertap_partners.eventstore.people import CHANGES_SCHEMA
from clevertap_partners.eventstore.records import EVENTS_SCHEMA
from imports import row_faults as faults
from imports.mapping import (
    DATE_TYPE,
    EPOCH_MS,
    EPOCH_S,
    FLOAT,
    INTEGER,
    LONG,
    NATIVE,
    OBJECT_ID,
    STRING,
    Property,
)
from imports.pipeline import mapper as module
from imports.pipeline.failed import write_failed
from imports.pipeline.mapper import Mapped, Mapper
from imports.pipeline.who import BANNED
from tests.imports.pipeline.sources import (
    CAPTURED_AT,
    batch_of,
    context,
    mapped,
    of_events,
    of_people,
)

DAY = 86_400


def codes(found: Mapped) -> list[str]:
    return [each["code"] for row in found.failed.column("failures").to_pylist() for each in row]


def code_of_identity(value: Any, kind: pa.DataType | None = None) -> list[str]:
    return codes(mapped(of_events(), batch_of(id=pa.array([value], kind or pa.string()))))


def test_the_tables_have_the_schemas_of_the_lake() -> None:
    assert mapped(of_events(), batch_of(id=["u"])).good.schema == EVENTS_SCHEMA
    assert mapped(of_people(), batch_of(id=["u"])).good.schema == CHANGES_SCHEMA
    for mapping in (of_events(Property("p", "p", FLOAT)), of_people(Property("p", "p", LONG))):
        empty = mapped(mapping, batch_of(p=pa.array([], pa.int64())))
        assert (empty.good.num_rows, empty.failed.num_rows, empty.failures) == (0, 0, {})


@pytest.mark.parametrize("word", [*BANNED, "NULL", " NaN ", "N/A", "\tEmpty", "XXXXXX\u00a0"])
def test_a_word_for_nobody_is_no_identity(word: str) -> None:
    assert code_of_identity(word) == [faults.IDENTITY_BANNED]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, [faults.IDENTITY_NULL]),
        ("", [faults.IDENTITY_BLANK]),
        (" \t\u3000", [faults.IDENTITY_BLANK]),
        ("é" * 1024, []),
        ("é" * 1025, [faults.IDENTITY_TOO_LONG]),
        ("nullable", []),
        ("00", []),
    ],
)
def test_an_identity_says_who_it_is(value: str | None, expected: list[str]) -> None:
    assert code_of_identity(value) == expected


def test_numbers_are_identities_too() -> None:
    assert code_of_identity(0, pa.int64()) == [faults.IDENTITY_BANNED]
    good = mapped(of_events(), batch_of(id=pa.array([Decimal(42)], pa.decimal128(38, 9)))).good
    assert good.column("identity").to_pylist() == ["42"]
    assert good.column("profile").to_pylist() == ['{"identity":"42"}']


def test_an_event_by_clevertap_id_names_no_identity() -> None:
    found = mapped(of_events(identity_as=OBJECT_ID), batch_of(id=["__g1", "no id", None]))
    assert found.good.column("object_id").to_pylist() == ["__g1"]
    assert found.good.column("identity").to_pylist() == [None]
    assert found.good.column("profile").to_pylist() == ["{}"]
    assert codes(found) == [faults.OBJECT_ID_INVALID, faults.IDENTITY_NULL]


def test_a_person_by_clevertap_id_must_be_known() -> None:
    known = {"__g1": "u-1"}

    def identities(ids: pa.Array) -> pa.Array:
        return pa.array([known.get(each) for each in ids.to_pylist()], pa.string())

    mapping = of_people(Property("p", "p", LONG), identity_as=OBJECT_ID)
    batch = batch_of(id=["__g1", "__g2", None], p=[1, 2, 3])
    found = mapped(mapping, batch, context(known=identities))
    assert found.good.select(["identity", "object_id", "properties"]).to_pylist() == [
        {"identity": "u-1", "object_id": "__g1", "properties": '{"p":1}'}
    ]
    assert codes(found) == [faults.OBJECT_ID_UNKNOWN, faults.IDENTITY_NULL]


def created_on(values: pa.Array, form: str = NATIVE, zone: str = "UTC") -> Mapped:
    mapping = of_events(created_on_column="at", created_on_format=form)
    return mapped(mapping, batch_of(at=values), context(zone))


def test_an_event_without_created_on_happened_when_the_run_began() -> None:
    (row,) = mapped(of_events(), batch_of(id=["u"])).good.to_pylist()
    assert (row["event_time"], row["captured_at"]) == (CAPTURED_AT, CAPTURED_AT)
    assert row["ts"] == 20261122100000


def test_an_event_has_the_day_and_the_clock_of_the_account() -> None:
    moment = datetime.datetime(2026, 3, 29, 1, 0, 0, 123456, tzinfo=datetime.UTC)
    before = moment - datetime.timedelta(seconds=1)
    values = pa.array([moment, before], pa.timestamp("us", tz="UTC"))
    (row, earlier) = created_on(values, zone="Europe/Berlin").good.to_pylist()
    assert (row["ts"], earlier["ts"]) == (20260329030000, 20260329015959)
    assert row["event_time"] == moment
    midnight = pa.array([datetime.datetime(2026, 1, 1)], pa.timestamp("us"))
    (row,) = created_on(midnight, zone="Asia/Kathmandu").good.to_pylist()
    assert row["event_day"] == datetime.date(2026, 1, 1)
    assert row["event_time"] == datetime.datetime(2025, 12, 31, 18, 15, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (946_684_800, None),
        (946_684_799, faults.CREATED_ON_OUT_OF_RANGE),
        (4_102_444_800, faults.CREATED_ON_OUT_OF_RANGE),
        (1_700_000_000_000, faults.CREATED_ON_OUT_OF_RANGE),
        (2**63 - 1, faults.CREATED_ON_OUT_OF_RANGE),
        (int(CAPTURED_AT.timestamp()) + DAY, None),
        (int(CAPTURED_AT.timestamp()) + DAY + 1, faults.CREATED_ON_IN_FUTURE),
        (None, faults.CREATED_ON_NULL),
    ],
)
def test_an_event_happened_within_this_century(seconds: int | None, code: str | None) -> None:
    assert codes(created_on(pa.array([seconds], pa.int64()), EPOCH_S)) == ([code] if code else [])


def test_created_on_in_another_format_is_refused() -> None:
    found = created_on(pa.array(["2026-01-01", "01/01/2026"]), "dd/MM/yyyy")
    assert codes(found) == [faults.CREATED_ON_FORMAT]
    assert found.failures == {faults.CREATED_ON_FORMAT: {"at": 1}}


def named(*names: str | None, **given: Any) -> Mapped:
    mapping = of_events(event_name="", event_name_column="name")
    return mapped(mapping, batch_of(name=pa.array(names, pa.string())), context(**given))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (None, faults.EVENT_NAME_NULL),
        ("", faults.EVENT_NAME_BLANK),
        (" \t", faults.EVENT_NAME_BLANK),
        ("é" * 60, None),
        ("é" * 60 + "e", faults.EVENT_NAME_TOO_LONG),
        *((f"a{sign}b", faults.EVENT_NAME_CHARACTERS) for sign in "%><!|&.:;$'\"\\#"),
        ("App Launched", faults.EVENT_NAME_RESTRICTED),
        (" app launched", faults.EVENT_NAME_RESTRICTED),
        ("Charged", None),
        ("Заказ 💖/@", None),
    ],
)
def test_event_names_keep_the_rules(name: str | None, code: str | None) -> None:
    assert codes(named(name)) == ([code] if code else [])


def test_only_names_that_the_account_has_room_for_are_taken() -> None:
    asked: list[set[str]] = []

    def admit(names: set[str]) -> set[str]:
        asked.append(names)
        return names - {"C"}

    mapping = of_events(Property("n", "n", LONG), event_name="", event_name_column="name")
    mapper = Mapper(mapping, [], context(admit=admit))
    batch = batch_of(name=["A", "B", "C", "D", "A.B"], n=["1", "2", "3", "x", "5"])
    found = mapper.map(batch, part=0, first_row=0)
    # A name that only wrong rows have takes no room.
    assert asked == [{"A", "B", "C"}]
    assert found.good.column("event_name").to_pylist() == ["A", "B"]
    assert found.failures == {
        faults.EVENT_NAME_CHARACTERS: {"name": 1},
        faults.NOT_A_WHOLE_NUMBER: {"n": 1},
        faults.EVENT_NAME_NO_ROOM: {"name": 1},
    }
    mapper.map(batch, part=0, first_row=5)
    assert asked[1:] == [{"C"}]


def test_a_fixed_name_without_room_fails_every_row_that_is_right_otherwise() -> None:
    batch = batch_of(id=["a", None, "b"])
    found = mapped(of_events(), batch, context(admit=lambda names: set()))
    assert found.good.num_rows == 0
    assert found.failures == {
        faults.IDENTITY_NULL: {"id": 1},
        faults.EVENT_NAME_NO_ROOM: {"id": 2},
    }


def test_a_row_tells_all_its_faults_and_is_counted_once() -> None:
    mapping = of_events(Property("n", "n", INTEGER), Property("d", "d", DATE_TYPE, "dd/MM/yyyy"))
    ids = pa.array([None, "u", "u", "nil"], pa.string())
    batch = batch_of(
        id=ids, n=["x", "1", "99999999999", "2"], d=["?", "01/01/2020", "x" * 600, None]
    )
    found = mapped(mapping, batch, first_row=70)
    assert (found.good.num_rows, found.failed.num_rows) == (1, 3)
    assert found.failures == {
        faults.IDENTITY_NULL: {"id": 1},
        faults.IDENTITY_BANNED: {"id": 1},
        faults.NOT_A_WHOLE_NUMBER: {"n": 1},
        faults.INTEGER_OUT_OF_RANGE: {"n": 1},
        faults.DATE_FORMAT: {"d": 2},
    }
    rows = found.failed.to_pylist()
    assert [row["row_number"] for row in rows] == [70, 72, 73]
    assert rows[0]["original"] == {"id": None, "n": "x", "d": "?"}
    assert rows[0]["failures"] == [
        {"column": "id", "code": faults.IDENTITY_NULL, "value": ""},
        {"column": "n", "code": faults.NOT_A_WHOLE_NUMBER, "value": "x"},
        {"column": "d", "code": faults.DATE_FORMAT, "value": "?"},
    ]
    assert [len(each["value"]) for each in rows[1]["failures"]] == [11, 500]


def test_a_column_that_is_mapped_twice_fails_once_for_one_reason() -> None:
    mapping = of_events(Property("n", "a", LONG), Property("n", "b", LONG))
    found = mapped(mapping, batch_of(n=["x", "1"]))
    assert found.failures == {faults.NOT_A_WHOLE_NUMBER: {"n": 1}}
    assert codes(found) == [faults.NOT_A_WHOLE_NUMBER]
    assert found.good.column("event_props").to_pylist() == ['{"a":1,"b":1}']


def test_failed_rows_are_tried_again_by_the_same_code() -> None:
    kinds = {
        "s": pa.array(["a\x00", None]),
        "dec": pa.array([Decimal(1), None], pa.decimal256(76, 38)),
        "raw": pa.array([b"\xff", None], pa.binary()),
        "time": pa.array([1, None], pa.time64("us")),
        "when": pa.array([2**63 - 1, None], pa.timestamp("us", tz="UTC")),
        "gap": pa.array([(14, -3, 3_661_500_000_000), None], pa.month_day_nano_interval()),
        "day": pa.array([-(2**31), None], pa.date32()),
    }
    properties = [Property(name, name, STRING) for name in kinds]
    batch = batch_of(id=pa.array([None, None], pa.string()), **kinds)
    found = mapped(of_events(*properties), batch)
    assert found.failures == {
        faults.IDENTITY_NULL: {"id": 2},
        faults.DATE_OUT_OF_RANGE: {"when": 1, "day": 1},
    }
    file = io.BytesIO()
    pq.write_table(found.failed, file)
    kept = pq.read_table(io.BytesIO(file.getvalue())).column("original").combine_chunks()
    again = mapped(of_events(*properties), pa.RecordBatch.from_struct_array(kept))
    assert again.failures == found.failures
    assert again.failed.equals(found.failed)
    assert kept.field("gap").to_pylist() == ["1-2 -3 1:1:1.5", None]


def test_failed_rows_are_written_as_a_file(tmp_path: Any) -> None:
    found = mapped(of_events(), batch_of(id=pa.array([None, "u"], pa.string())))
    write_failed(found.failed, str(tmp_path / "failed.parquet"), pafs.LocalFileSystem())
    assert pq.read_table(tmp_path / "failed.parquet").to_pylist() == found.failed.to_pylist()


def test_a_row_whose_properties_are_too_many_bytes_is_refused() -> None:
    mapping = of_events(Property("s", "s", STRING), Property("n", "n", LONG))
    batch = batch_of(s=["a", "b" * 999_994, '"' * 600_000, "c"], n=["1", "x", "3", "4"])
    found = mapped(mapping, batch)
    assert found.good.column("event_props").to_pylist() == ['{"s":"a","n":1}', '{"s":"c","n":4}']
    assert found.good.column("record_id").to_pylist() == [
        "import-7-0000-000000000000",
        "import-7-0000-000000000003",
    ]
    assert found.failures == {
        faults.NOT_A_WHOLE_NUMBER: {"n": 1},
        faults.ROW_TOO_LARGE: {"id": 1},
    }


def test_a_large_batch_is_mapped_in_halves_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mapping = of_events(Property("n", "n", LONG))
    batch = batch_of(n=["1", "x", "3", "y", "5"])
    whole = mapped(mapping, batch, part=2, first_row=9)
    monkeypatch.setattr(module, "MAX_BATCH_BYTES", 40)
    halves = mapped(mapping, batch, part=2, first_row=9)
    assert halves.good.combine_chunks() == whole.good.combine_chunks()
    assert halves.failed.to_pylist() == whole.failed.to_pylist()
    assert halves.failures == whole.failures == {faults.NOT_A_WHOLE_NUMBER: {"n": 2}}


def test_changes_of_people_are_ordered_by_the_cursor() -> None:
    mapping = of_people(Property("p", "p", LONG), cursor_column="at", cursor_kind=EPOCH_MS)
    batch = batch_of(p=[1, 2], at=pa.array([1_700_000_000_123, None], pa.int64()))
    found = mapped(mapping, batch, part=4, first_row=8).good
    assert found.select(["order_us", "part", "row"]).to_pylist() == [
        {"order_us": 1_700_000_000_123_000, "part": 4, "row": 8},
        {"order_us": -(2**63), "part": 4, "row": 9},
    ]


def test_null_properties_are_left_out_wherever_they_stand() -> None:
    properties = [Property(name, name, LONG) for name in "abc"]
    columns = {
        name: pa.array([place if row >> place & 1 else None for row in range(8)], pa.int64())
        for place, name in enumerate("abc")
    }
    texts = mapped(of_events(*properties), batch_of(**columns)).good.column("event_props")
    assert texts.to_pylist() == [
        "{" + ",".join(f'"{n}":{p}' for p, n in enumerate("abc") if row >> p & 1) + "}"
        for row in range(8)
    ]
    columns["b"] = pa.array([7] * 8)
    texts = mapped(of_events(*properties), batch_of(**columns)).good.column("event_props")
    assert texts.to_pylist()[:2] == ['{"b":7}', '{"a":0,"b":7}']


def test_many_bad_rows_do_not_make_it_slow() -> None:
    rows = 100_000
    numbers = pa.array([str(row) if row % 10 else "x" for row in range(rows)])
    ids = pa.array(["null" if row % 7 == 0 else f"u{row}" for row in range(rows)])
    began = time.process_time()
    found = mapped(of_events(Property("n", "n", LONG)), batch_of(id=ids, n=numbers))
    spent = time.process_time() - began
    assert found.failures[faults.NOT_A_WHOLE_NUMBER] == {"n": 10_000}
    assert found.failures[faults.IDENTITY_BANNED] == {"id": 14_286}
    assert found.failed.num_rows == rows - found.good.num_rows == 10_000 + 14_286 - 1_429
    assert spent < 3
