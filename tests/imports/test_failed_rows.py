from __future__ import annotations

import csv
import datetime
import io
import json
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from django.conf import LazySettings

from clevertap_partners.accounts.models import Account
from imports import row_faults
from imports.failed_rows import FailedRows, RowsExpired, Wanted
from imports.folder import folder_of
from imports.models import ImportRun
from imports.pipeline.mapper import MapContext, Mapper
from imports.reasons import reasons_of, sentence_for
from imports.store import RunStore
from integrations.warehouse import Column
from tests.imports.factories import (
    ORDERS,
    keep_failed,
    make_batch,
    make_connection,
    make_import,
    make_run,
    open_run,
)

pytestmark = pytest.mark.django_db

ALL = Wanted()
AT = datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _own_lake(tmp_path: Path, settings: LazySettings) -> None:
    settings.LAKE_URL = str(tmp_path / "lake")


@pytest.fixture
def run(account: Account) -> ImportRun:
    return make_run(make_import(make_connection(account)))


def people(first: int, end: int) -> pa.Table:
    numbers = range(first, end)
    return pa.table(
        {
            "customer": [f"c{number}" for number in numbers],
            "amount": [f"{number}x" for number in numbers],
            "born": ["31.12.1999"] * len(numbers),
        }
    )


def not_numbers(first: int, end: int) -> list[list[tuple[str, str, str | None]]]:
    return [[("amount", row_faults.NOT_A_NUMBER, f"{number}x")] for number in range(first, end)]


def fail(run: ImportRun, first: int, end: int, part: int = 0) -> None:
    keep_failed(run, people(first, end), not_numbers(first, end), part=part, first_row=first)


def found_in(run: ImportRun) -> FailedRows:
    return FailedRows(run, sentence_for(run))


def numbers(found: FailedRows, wanted: Wanted, number: int, per_page: int = 20) -> list[int]:
    return [row.number for row in found.page(wanted, number=number, per_page=per_page).rows]


def test_a_page_begins_and_ends_within_files(run: ImportRun) -> None:
    for first, end in ((0, 7), (7, 8), (8, 2500)):
        fail(run, first, end)
    found = found_in(run)
    assert found.kept == 2500
    for wanted in (ALL, Wanted(code=row_faults.NOT_A_NUMBER)):
        assert numbers(found, wanted, 1, 5) == [0, 1, 2, 3, 4]
        assert numbers(found, wanted, 2, 5) == [5, 6, 7, 8, 9]
        assert numbers(found, wanted, 125) == list(range(2480, 2500))
        assert numbers(found, wanted, 126) == []
        assert found.page(wanted, number=3, per_page=20).count == 2500


def test_rows_come_stream_by_stream(run: ImportRun) -> None:
    fail(run, 0, 2, part=1)
    fail(run, 0, 2, part=0)
    rows = found_in(run).page(ALL, number=1, per_page=20).rows
    assert [(row.part, row.number) for row in rows] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert found_in(run).parts == 2


def test_a_row_says_what_failed_and_shows_all_of_it(run: ImportRun) -> None:
    failures = [("amount", row_faults.NOT_A_NUMBER, "0x"), ("born", row_faults.DATE_FORMAT, None)]
    keep_failed(run, people(0, 1), [failures])
    row = found_in(run).page(ALL, number=1, per_page=20).rows[0]
    assert row.values == (("customer", "c0"), ("amount", "0x"), ("born", "31.12.1999"))
    assert [failure.column for failure in row.failures] == ["amount", "born"]
    assert "“0x” in “amount” is not a number" in row.failures[0].sentence
    assert "dd/MM/yyyy" in row.failures[1].sentence
    assert row.failures[1].value is None


def test_it_finds_rows_by_reason(run: ImportRun) -> None:
    mixed = [
        [("amount", row_faults.NOT_A_NUMBER, "0x")],
        [("born", row_faults.DATE_FORMAT, "?"), ("amount", row_faults.NOT_FINITE, "inf")],
        [("customer", row_faults.IDENTITY_BANNED, "na"), ("amount", row_faults.NOT_A_NUMBER, "2x")],
        [("born", row_faults.NOT_A_NUMBER, "3x")],
    ]
    keep_failed(run, people(0, 4), mixed)
    found = found_in(run)
    assert numbers(found, Wanted(code=row_faults.NOT_A_NUMBER), 1) == [0, 2, 3]
    assert numbers(found, Wanted(code=row_faults.NOT_A_NUMBER, column="amount"), 1) == [0, 2]
    assert numbers(found, Wanted(column="born"), 1) == [1, 3]
    # Both in one failure, not one in each of two.
    assert numbers(found, Wanted(code=row_faults.NOT_FINITE, column="born"), 1) == []
    assert numbers(found, Wanted(code="nonsense"), 1) == []


def test_it_finds_rows_by_a_text_in_any_value_whatever_its_type(run: ImportRun) -> None:
    original = pa.table(
        {
            "name": ["Ärger", "100% sure", None],
            "amount": pa.array([1234, 5, 6], pa.int64()),
            "raw": pa.array([b"\x00", None, b"\xff"], pa.binary()),
        }
    )
    keep_failed(run, original, [[("name", row_faults.NOT_A_NUMBER, "x")]] * 3)
    found = found_in(run)
    assert numbers(found, Wanted(text="äRG"), 1) == [0]
    assert numbers(found, Wanted(text="% s"), 1) == [1]
    assert numbers(found, Wanted(text="23"), 1) == [0]
    assert numbers(found, Wanted(text="/w=="), 1) == [2]
    assert numbers(found, Wanted(text=".*"), 1) == []
    assert numbers(found, Wanted(code=row_faults.NOT_A_NUMBER, text="nobody"), 1) == []


def test_a_long_value_is_cut_on_the_screen_but_whole_in_a_download(run: ImportRun) -> None:
    long = "x" * 10_000
    keep_failed(run, pa.table({"amount": [long]}), [[("amount", row_faults.NOT_A_NUMBER, long)]])
    found = found_in(run)
    shown = dict(found.page(ALL, number=1, per_page=20).rows[0].values)["amount"]
    assert shown is not None
    assert shown.endswith("… (10,000 characters)")
    assert long in "".join(found.csv(ALL))


def test_csv_holds_the_original_rows_and_what_is_wrong_with_them(run: ImportRun) -> None:
    original = pa.table({"customer": ["=1+1", "b,c"], "amount": pa.array([None, 2], pa.int64())})
    two = [("amount", row_faults.NOT_A_NUMBER, "?"), ("customer", row_faults.IDENTITY_NULL, None)]
    keep_failed(run, original, [two, [("amount", row_faults.NOT_A_NUMBER, "2")]])
    rows = list(csv.reader(io.StringIO("".join(found_in(run).csv(ALL)), newline="")))
    assert rows[0] == ["customer", "amount", "Failure Description"]
    assert rows[1][:2] == ["'=1+1", ""]
    assert "is not a number" in rows[1][2]
    assert "“customer” is empty" in rows[1][2]
    assert rows[2][:2] == ["b,c", "2"]


def test_ndjson_keeps_the_types(run: ImportRun) -> None:
    original = pa.table({"ok": [True], "amount": pa.array([2], pa.int64()), "raw": [b"\x00"]})
    keep_failed(run, original, [[("amount", row_faults.NOT_A_NUMBER, "2")]])
    (line,) = "".join(found_in(run).ndjson(ALL)).splitlines()
    row = json.loads(line)
    assert row.pop("Failure Description").startswith("“2” in “amount” is not a number")
    assert row == {"ok": True, "amount": 2, "raw": "AA=="}


def test_a_download_holds_only_what_was_looked_for(run: ImportRun) -> None:
    fail(run, 0, 30)
    assert len("".join(found_in(run).csv(Wanted(text="c29"))).splitlines()) == 2
    assert len("".join(found_in(run).ndjson(Wanted(text="c29"))).splitlines()) == 1


def test_a_download_is_read_piece_by_piece(run: ImportRun) -> None:
    fail(run, 0, 3500)
    pieces = list(found_in(run).csv(ALL))
    assert len(pieces) == 5  # the header, then a thousand rows each at most
    assert sum(piece.count("\r\n") for piece in pieces) == 3501


def test_rows_that_are_gone_are_said_to_be_gone(run: ImportRun) -> None:
    fail(run, 0, 2)
    found = found_in(run)
    assert found.are_there()
    store = folder_of(run)
    store.delete_file(run.units.get().batches.get().failed_file)
    assert not found.are_there()
    with pytest.raises(RowsExpired):
        found.page(ALL, number=1, per_page=20)


def test_a_run_without_failed_rows_has_none(run: ImportRun) -> None:
    found = found_in(run)
    assert (found.kept, found.are_there()) == (0, False)


def test_reasons_come_with_exact_counts_the_most_frequent_first(run: ImportRun) -> None:
    run.failures = {
        row_faults.DATE_FORMAT: {"born": 3},
        row_faults.NOT_A_NUMBER: {"amount": 250_000, "other": 3},
    }
    reasons = reasons_of(run)
    assert [(one.column, one.count) for one in reasons] == [
        ("amount", 250_000),
        ("born", 3),
        ("other", 3),
    ]
    assert "in the format dd/MM/yyyy" in reasons[1].sentence


def test_reasons_of_a_run_under_way_are_those_of_its_batches(account: Account) -> None:
    run = open_run(make_import(make_connection(account)))
    fail(run, 0, 2)
    fail(run, 2, 5, part=1)
    assert [(one.code, one.count) for one in reasons_of(run)] == [(row_faults.NOT_A_NUMBER, 5)]


def test_a_reason_of_the_past_is_still_told(run: ImportRun) -> None:
    run.failures = {"no_such_code": {"a": 1}}
    assert "no_such_code" in reasons_of(run)[0].sentence


def test_every_reason_has_a_sentence_without_a_value(run: ImportRun) -> None:
    run.failures = {code: {"amount": 1} for code in row_faults.CODES}
    assert len(reasons_of(run)) == len(row_faults.CODES)


def test_rows_that_the_mapper_has_refused_are_shown_as_they_were(run: ImportRun) -> None:
    source = pa.record_batch(
        {
            "customer": ["a", "null", "c"],
            "updated_at": pa.array([1, 2, 3], pa.timestamp("us", "UTC")),
            "ordered_at": pa.array([AT] * 3, pa.timestamp("us", "UTC")),
            "amount": pa.array([Decimal("1.50"), Decimal("2"), Decimal("3")], pa.decimal128(38, 9)),
            "born": ["01/02/1999", "31/12/1999", "1999-12-31"],
        }
    )
    columns = [
        Column("customer", "STRING"),
        Column("updated_at", "TIMESTAMP"),
        Column("ordered_at", "TIMESTAMP"),
        Column("amount", "NUMERIC"),
        Column("born", "STRING"),
    ]
    context = MapContext(ZoneInfo("UTC"), AT, "run", lambda names: names, lambda ids: ids)
    mapped = Mapper(ORDERS, columns, context).map(source, part=3, first_row=40)
    assert (mapped.good.num_rows, mapped.failed.num_rows) == (1, 2)
    name = RunStore(run).keep("failed", mapped.failed)
    make_batch(run, part=3, failed_file=name, failed_rows_kept=2, failures=mapped.failures)
    run.failures = mapped.failures

    found = found_in(run)
    banned, date = found.page(ALL, number=1, per_page=20).rows
    assert (banned.part, banned.number) == (3, 41)
    assert dict(banned.values)["amount"] == "2"
    assert "“null” in “customer”" in banned.failures[0].sentence
    assert "dd/MM/yyyy" in date.failures[0].sentence
    assert numbers(found, Wanted(code=date.failures[0].code, column="born"), 1) == [42]
    assert sum(one.count for one in reasons_of(run)) == 2
    assert len("".join(found.csv(ALL)).splitlines()) == 3
    assert len("".join(found.ndjson(ALL)).splitlines()) == 2
