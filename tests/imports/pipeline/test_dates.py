"""Dates in every format, and only real ones; wall clocks by the account's zone."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports import row_faults as faults
from imports.mapping import DATE_FORMATS, DATE_TYPE, EPOCH_MS, EPOCH_S, NATIVE
from imports.pipeline import zones
from imports.pipeline.dates import read_seconds
from tests.imports.pipeline.sources import TYPES, UTC, one_property

# How Python writes them.
FORMS = {
    "dd/MM/yyyy HH:mm:ss": "%d/%m/%Y %H:%M:%S",
    "MM/dd/yyyy HH:mm:ss": "%m/%d/%Y %H:%M:%S",
    "yyyy/dd/MM HH:mm:ss": "%Y/%d/%m %H:%M:%S",
    "yyyy/MM/dd HH:mm:ss": "%Y/%m/%d %H:%M:%S",
    "dd MMM yyyy HH:mm:ss": "%d %b %Y %H:%M:%S",
    "dd/MM/yyyy": "%d/%m/%Y",
    "MM/dd/yyyy": "%m/%d/%Y",
    "yyyy/dd/MM": "%Y/%d/%m",
    "yyyy/MM/dd": "%Y/%m/%d",
    "ddMMMyyyy": "%d%b%Y",
}
_FIRST = datetime.datetime(1000, 1, 1)  # below, Python writes no four digits
_LAST = datetime.datetime(9999, 12, 31, 23, 59, 59)


def seconds(text: Any, form: str, zone: str = "UTC") -> int | None:
    found = read_seconds(pa.array([text]), form, zoneinfo.ZoneInfo(zone))
    value: int | None = found.values[0].as_py()
    return value


def epoch(moment: datetime.datetime) -> int:
    return round((moment - datetime.datetime(1970, 1, 1)).total_seconds())


def test_every_format_is_tried_here() -> None:
    assert set(DATE_FORMATS) == {NATIVE, EPOCH_S, EPOCH_MS, *FORMS}


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None)
@given(moments=st.lists(st.none() | st.datetimes(_FIRST, _LAST), min_size=1, max_size=5))
def test_it_reads_what_the_format_writes(
    form: str, moments: list[datetime.datetime | None]
) -> None:
    texts = [None if each is None else each.strftime(FORMS[form]) for each in moments]
    found = read_seconds(pa.array(texts, pa.string()), form, UTC)
    whole = [None if each is None else each.replace(microsecond=0) for each in moments]
    if "HH" not in form:
        # A date alone is the second second of its day.
        whole = [each and each.replace(hour=0, minute=0, second=1) for each in whole]
    assert found.values.to_pylist() == [None if each is None else epoch(each) for each in whole]
    assert found.wrong == ()


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None)
@given(text=st.text("0123456789/: JanfebAUG-", max_size=20))
def test_it_reads_nothing_that_python_would_not(form: str, text: str) -> None:
    if seconds(text, form) is not None:
        parsed = datetime.datetime.strptime(text.strip(), FORMS[form])
        assert epoch(parsed) + (0 if "HH" in form else 1) == seconds(text, form)


@pytest.mark.parametrize(
    "text",
    [
        *("31/02/2024", "29/02/2023", "29/02/1900", "31/04/2024", "00/01/2024", "01/00/2024"),
        *("01/13/2024", "32/01/2024", "01/01/0000", "1/1/2024", "01-01-2024", "01/01/24"),
        *("01/01/2024 00:00:00", "", "aa/bb/cccc", "٠١/٠١/٢٠٢٤", "01/01/202４"),
    ],
)
def test_a_date_that_is_none_is_refused(text: str) -> None:
    assert one_property([text], pa.string(), DATE_TYPE, "dd/MM/yyyy") == (
        [None],
        [faults.DATE_FORMAT],
    )


@pytest.mark.parametrize("text", ["29/02/2024", "29/02/2000", " 01/01/0001", "31/12/9999 "])
def test_a_date_at_the_edge_is_taken(text: str) -> None:
    assert one_property([text], pa.string(), DATE_TYPE, "dd/MM/yyyy")[1] == []


@pytest.mark.parametrize("clock", ["24:00:00", "23:60:00", "23:59:60", "1:00:00", "23.59.59"])
def test_a_time_that_is_none_is_refused(clock: str) -> None:
    assert seconds(f"2024/01/31 {clock}", "yyyy/MM/dd HH:mm:ss") is None


@pytest.mark.parametrize("month", ["JAN", "jan", "Jan"])
def test_the_case_of_a_month_does_not_matter(month: str) -> None:
    assert seconds(f"31{month}2024", "ddMMMyyyy") == epoch(datetime.datetime(2024, 1, 31, 0, 0, 1))


@pytest.mark.parametrize(
    ("kind", "form", "value", "stored"),
    [
        ("INT64", EPOCH_S, -1, -1),
        ("INT64", EPOCH_MS, 1_700_000_000_999, 1_700_000_000),
        ("INT64", EPOCH_MS, -1, -1),
        ("STRING", EPOCH_S, " 1700000000", 1_700_000_000),
        ("FLOAT64", EPOCH_S, 1.7e9, 1_700_000_000),
        ("DATE", NATIVE, datetime.date(1, 1, 1), -62_135_596_799),
        ("DATETIME", NATIVE, datetime.datetime(9999, 12, 31, 23, 59, 59), 253_402_300_799),
        ("TIMESTAMP", NATIVE, -1, -1),
    ],
)
def test_it_stores_a_moment_in_whole_seconds(kind: str, form: str, value: Any, stored: int) -> None:
    rows, codes = one_property([value], TYPES[kind], DATE_TYPE, form)
    assert (rows, codes) == ([f'{{"p":"$D_{stored}"}}'], [])


@pytest.mark.parametrize(
    ("kind", "form", "value", "code"),
    [
        ("INT64", EPOCH_S, 1_700_000_000_000, faults.DATE_OUT_OF_RANGE),
        ("INT64", EPOCH_MS, 2**63 - 1, faults.DATE_OUT_OF_RANGE),
        ("STRING", EPOCH_S, "9" * 50, faults.DATE_OUT_OF_RANGE),
        ("STRING", EPOCH_S, "yesterday", faults.DATE_FORMAT),
        ("FLOAT64", EPOCH_S, float("nan"), faults.DATE_FORMAT),
        ("FLOAT64", EPOCH_S, 1.5, faults.DATE_FORMAT),
        ("TIMESTAMP", NATIVE, 2**63 - 1, faults.DATE_OUT_OF_RANGE),
        ("TIMESTAMP", NATIVE, -(2**63), faults.DATE_OUT_OF_RANGE),
        ("DATE", NATIVE, 2**31 - 1, faults.DATE_OUT_OF_RANGE),
        ("DATE", NATIVE, -(2**31), faults.DATE_OUT_OF_RANGE),
        ("BOOL", NATIVE, True, faults.DATE_FORMAT),
    ],
)
def test_a_moment_outside_the_calendar_is_refused(
    kind: str, form: str, value: Any, code: str
) -> None:
    assert one_property([value], TYPES[kind], DATE_TYPE, form) == ([None], [code])


@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        ("Europe/Berlin", "2026/03/29 02:30:00"),  # skipped
        ("Europe/Berlin", "2026/10/25 02:30:00"),  # comes twice
        ("America/New_York", "2026/11/01 01:59:59"),
        ("Australia/Lord_Howe", "2026/04/05 01:45:00"),  # half an hour
        ("Asia/Kathmandu", "1985/12/31 23:59:59"),
        ("Africa/Casablanca", "2026/02/15 02:30:00"),
        ("Pacific/Apia", "2011/12/30 12:00:00"),  # a day that was left out
        ("America/Sao_Paulo", "2018/11/04 00:00:00"),
        ("Europe/Berlin", "1850/01/01 00:00:00"),
        ("Europe/Berlin", "2500/07/01 00:00:00"),
        ("Pacific/Kiritimati", "0001/01/01 00:00:00"),
        ("Pacific/Pago_Pago", "9999/12/31 23:59:59"),
    ],
)
def test_a_wall_clock_is_read_as_python_reads_it(zone: str, wall: str) -> None:
    naive = datetime.datetime.strptime(wall, "%Y/%m/%d %H:%M:%S")
    offset = zoneinfo.ZoneInfo(zone).utcoffset(naive)
    assert offset is not None
    expected = epoch(naive) - round(offset.total_seconds())
    assert seconds(wall, "yyyy/MM/dd HH:mm:ss", zone) == expected


_ZONES = (
    *("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe"),
    *("Africa/Casablanca", "Asia/Tehran", "Pacific/Apia", "Europe/Dublin", "Asia/Gaza", "UTC"),
)


@pytest.mark.parametrize("name", _ZONES)
def test_a_zone_is_pythons_at_every_change_of_its_clock(name: str) -> None:
    zone = zoneinfo.ZoneInfo(name)
    hours = range(1_230_768_000, 1_893_456_000, 3_600)  # 2009 to 2029
    offsets = [datetime.datetime.fromtimestamp(hour, zone).utcoffset() for hour in hours]
    changes = [
        hour
        for hour, before, now in zip(hours[1:], offsets, offsets[1:], strict=False)
        if before != now
    ]
    near = [change + shift for change in changes for shift in range(-7_200, 7_201, 600)]
    near += [change - 1 for change in changes] + [0]
    local = zones.to_local(pa.array(near, pa.int64()), zone).to_pylist()
    assert local == [
        epoch(datetime.datetime.fromtimestamp(each, zone).replace(tzinfo=None)) for each in near
    ]
    back = zones.to_utc(pa.array(near, pa.int64()), zone).to_pylist()
    start = datetime.datetime(1970, 1, 1)
    walls = [start + datetime.timedelta(seconds=each) for each in near]
    assert back == [round(wall.replace(tzinfo=zone).timestamp()) for wall in walls]


def test_moments_of_all_times_are_shown_as_python_shows_them() -> None:
    zone = zoneinfo.ZoneInfo("America/New_York")
    moments = [-5_000_000_000, -2_208_988_801, None, 0, 4_102_444_800, 9_000_000_000]
    expected = [
        None
        if each is None
        else epoch(datetime.datetime.fromtimestamp(each, zone).replace(tzinfo=None))
        for each in moments
    ]
    assert zones.to_local(pa.array(moments, pa.int64()), zone).to_pylist() == expected
