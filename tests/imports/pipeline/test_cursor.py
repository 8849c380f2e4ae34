"""Where rows stand at the cursor; and fingerprints that tell rows apart, in every run alike."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from imports.mapping import DATE, EPOCH_MS, EPOCH_S, TIMESTAMP
from imports.pipeline.cursor import cursor_us, fingerprints
from tests.imports.pipeline.sources import TYPES, batch_of, of_events

LAST = 2**63 - 1


def cursor(values: list[Any], kind: str, cursor_kind: str) -> list[int | None]:
    batch = batch_of(at=pa.array(values, TYPES[kind]))
    mapping = of_events(cursor_column="at", cursor_kind=cursor_kind)
    found: list[int | None] = cursor_us(batch, mapping).to_pylist()
    return found


@pytest.mark.parametrize(
    ("kind", "cursor_kind", "value", "micros"),
    [
        ("INT64", EPOCH_S, 1_700_000_000, 1_700_000_000_000_000),
        ("INT64", EPOCH_MS, -1, -1_000),
        ("INT64", EPOCH_S, LAST, LAST),
        ("INT64", EPOCH_S, -LAST - 1, -LAST - 1),
        ("INT64", EPOCH_MS, LAST // 1_000, LAST // 1_000 * 1_000),
        ("INT64", EPOCH_MS, LAST // 1_000 + 1, LAST),
        ("NUMERIC", EPOCH_S, Decimal("1.5"), 1_000_000),
        ("NUMERIC", EPOCH_S, Decimal("-1.5"), -2_000_000),
        ("NUMERIC", EPOCH_S, Decimal(10) ** 28, LAST),
        ("DATE", DATE, datetime.date(1970, 1, 2), 86_400_000_000),
        ("DATE", DATE, -(2**31), -LAST - 1),
        ("DATE", DATE, 2**31 - 1, LAST),
        ("TIMESTAMP", TIMESTAMP, LAST, LAST),
        ("TIMESTAMP", TIMESTAMP, -7, -7),
        ("DATETIME", TIMESTAMP, datetime.datetime(1970, 1, 1, 0, 0, 1), 1_000_000),
        ("INT64", EPOCH_S, None, None),
        ("DATE", DATE, None, None),
    ],
)
def test_it_counts_microseconds_since_1970(
    kind: str, cursor_kind: str, value: Any, micros: int | None
) -> None:
    assert cursor([value], kind, cursor_kind) == [micros]


def test_without_a_cursor_every_row_has_none() -> None:
    assert cursor_us(batch_of(n=[1, 2]), of_events()).to_pylist() == [None, None]


def test_a_fingerprint_is_the_same_in_every_version() -> None:
    batch = batch_of(
        id=["é"],
        i=pa.array([-1], pa.int64()),
        f=pa.array([1e300]),
        d=pa.array([Decimal("1.50")], TYPES["NUMERIC"]),
        b=pa.array([b"\x00"], pa.binary()),
        t=pa.array([1], TYPES["TIMESTAMP"]),
        day=pa.array([1], pa.date32()),
        clock=pa.array([1], TYPES["TIME"]),
        flag=[True],
        none=pa.array([None], pa.string()),
    )
    (found,) = fingerprints(batch, batch.schema.names).to_pylist()
    assert found == "e2e4d20a7982d9d7867bb427dd842e05"


def test_different_rows_have_different_fingerprints() -> None:
    batch = batch_of(
        a=["x", "xy", "", None, "x", "1:x", "x\x00"], b=["yz", "z", "xyz", "xyz", None, "", "?"]
    )
    found = fingerprints(batch, ["a", "b"]).to_pylist()
    assert len(set(found)) == len(found)
    assert fingerprints(batch, ["a"]).to_pylist()[0] == fingerprints(batch, ["a"]).to_pylist()[4]


def test_a_zero_below_zero_and_what_is_no_number_are_told_apart() -> None:
    batch = batch_of(f=[0.0, -0.0, float("nan"), None])
    assert len(set(fingerprints(batch, ["f"]).to_pylist())) == 4


def test_a_slice_has_the_fingerprints_of_its_rows() -> None:
    batch = batch_of(a=["x", "y", "z"], n=[1, None, 3])
    whole = fingerprints(batch, ["a", "n"]).to_pylist()
    assert fingerprints(batch.slice(1), ["a", "n"]).to_pylist() == whole[1:]


def test_texts_have_one_fingerprint_in_every_layout() -> None:
    plain = pa.array(["x", None])
    large = batch_of(a=plain.cast(pa.large_string()))
    assert fingerprints(large, ["a"]).equals(fingerprints(batch_of(a=plain), ["a"]))
