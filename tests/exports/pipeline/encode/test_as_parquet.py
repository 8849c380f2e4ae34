from __future__ import annotations

import io
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.exports.pipeline.awkward import NAMES, person
from tests.exports.pipeline.exporting import EventLake, ExportedFile, ProfileLake
from tests.lakes import event

PROPERTIES = {
    **{"text": "x", "whole": 1, "long": 2**60, "huge": 2**70, "real": 0.5, "flag": True},
    **{"list": [1, "a"], "object": {"a": 1, "b": "x"}, "items": [{"k": 1.5, "z": [1]}]},
}
TYPES = {
    **{"text": "VARCHAR", "whole": "BIGINT", "long": "BIGINT", "huge": "VARCHAR"},
    **{"real": "DOUBLE", "flag": "BOOLEAN", "list": "VARCHAR[]"},
    **{"object": "STRUCT(a BIGINT, b VARCHAR)", "items": "STRUCT(k DOUBLE, z VARCHAR[])[]"},
}


def described(file: ExportedFile, folder: Path) -> dict[str, str]:
    """Column types as DuckDB tells them, without being given a schema."""
    path = folder / "file.parquet"
    path.write_bytes(file.content)
    with duckdb.connect() as connection:
        rows = connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
    return {row[0]: row[1] for row in rows}


def schema_of(file: ExportedFile) -> pa.Schema:
    return pq.read_schema(io.BytesIO(file.content))


def test_a_reader_finds_typed_columns_without_being_given_a_schema(tmp_path: Path) -> None:
    uploads = [event("Seen", evtData=PROPERTIES, sessionProps={"utm": "x"})]
    (file,) = EventLake(tmp_path, uploads).export("parquet")
    found = described(file, tmp_path)
    assert list(found) == (
        ["ts", "eventTime", "eventName", "profile", "deviceInfo"]
        + ["controlGroupName", "eventProps", "sessionProps"]
    )
    assert found["ts"] == "BIGINT"
    assert found["eventTime"] == "TIMESTAMP WITH TIME ZONE"
    members = ", ".join(f"{name} {TYPES[name]}" for name in sorted(TYPES))
    assert found["eventProps"].replace('"', "") == f"STRUCT({members})"
    assert found["sessionProps"] == "STRUCT(utm VARCHAR)"
    assert "dpi DOUBLE" in found["deviceInfo"]


def test_times_of_events_are_microseconds_in_utc(tmp_path: Path) -> None:
    (file,) = EventLake(tmp_path, [event("Seen", at=61)]).export("parquet")
    assert schema_of(file).field("eventTime").type == pa.timestamp("us", tz="UTC")
    assert not schema_of(file).field("eventTime").nullable


def test_every_file_of_an_event_has_the_same_schema(tmp_path: Path) -> None:
    rich = [event("Seen", at=n, evtData=PROPERTIES, sessionProps={"s": 1}) for n in range(30)]
    poor = [event("Seen", at=100 + n, evtData={"text": str(n)}) for n in range(90)]
    bare = [event("Seen", at=1000 + n) for n in range(90)]
    files = EventLake(tmp_path, rich + poor + bare).export("parquet", max_bytes=60_000)
    assert len(files) > 2
    schemas = [schema_of(file) for file in files]
    assert all(schema.equals(schemas[0], check_metadata=True) for schema in schemas)


def test_every_file_of_profiles_has_the_same_schema(tmp_path: Path) -> None:
    first = [person(f"a{n}", profileData=PROPERTIES) for n in range(200)]
    second = [person(f"b{n}") for n in range(200)]
    files = ProfileLake(tmp_path, first, second).export("parquet", max_bytes=30_000)
    assert len(files) > 2
    schemas = [schema_of(file) for file in files]
    assert all(schema.equals(schemas[0], check_metadata=True) for schema in schemas)


def test_a_property_that_changed_its_kind_loses_no_value(tmp_path: Path) -> None:
    values = [1, 1.5, "1", 2**60, 2**80, True, ["a"], {"k": 1}, [{"k": 1}]]
    uploads = [event("Seen", at=n, evtData={"x": value}) for n, value in enumerate(values)]
    (file,) = EventLake(tmp_path, uploads).export("parquet")
    found = [row["x"] for row in pq.read_table(io.BytesIO(file.content))["eventProps"].to_pylist()]
    assert found == (
        ["1", "1.5", "1", str(2**60), str(2**80), "true", '["a"]', '{"k":1}', '[{"k":1}]']
    )


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        ([1, 2**60], pa.int64()),
        ([1, 0.5], pa.float64()),
        ([2**60, 0.5], pa.string()),
        ([1, True], pa.string()),
        ([["a"], [{"k": 1}]], pa.string()),
        ([["a"], []], pa.list_(pa.field("element", pa.string()))),
        ([{"k": 1}, {"k": "x"}], pa.struct([("k", pa.string())])),
        ([{"k": 1}, {"K": 1}], pa.string()),
        ([{}], pa.string()),
    ],
)
def test_a_type_holds_every_value_that_was_seen(
    values: list[object], type_: pa.DataType, tmp_path: Path
) -> None:
    uploads = [event("Seen", at=n, evtData={"x": value}) for n, value in enumerate(values)]
    (file,) = EventLake(tmp_path, uploads).export("parquet")
    assert schema_of(file).field("eventProps").type.field("x").type == type_


def test_no_two_columns_differ_in_case_alone(tmp_path: Path) -> None:
    lake = EventLake(tmp_path, [event("Seen", evtData=dict.fromkeys(NAMES, 1))])
    (file,) = lake.export("parquet")
    struct = schema_of(file).field("eventProps").type
    names = [struct.field(number).name for number in range(struct.num_fields)]
    assert len({name.casefold() for name in names}) == len(NAMES)
    assert described(file, tmp_path)["eventProps"].count("BIGINT") == len(NAMES)


def test_its_files_say_nothing_but_the_schema_of_parquet(tmp_path: Path) -> None:
    (file,) = EventLake(tmp_path, [event("Seen", evtData={"x": 1})]).export("parquet")
    parquet = pq.ParquetFile(io.BytesIO(file.content))
    assert parquet.metadata.row_group(0).column(0).compression == "ZSTD"
    assert not parquet.schema_arrow.metadata
