"""The lakes that contenders export: made once, kept under var/bench."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.sql import parquet_select
from clevertap_partners.eventstore.records import EVENTS_SCHEMA
from clevertap_partners.eventstore.writer import EventWriter

DAY = datetime.date(2026, 11, 1)
# Rows in memory at once while a lake is made: three gigabytes, most of it for sorting.
MAX_COMMIT_ROWS = 2_500_000

_ROWS = """
SELECT
    DATE '{day}' AS event_day,
    printf('Event %03d', i % {names}) AS event_name,
    {ymd}000000 + (s // 3600) * 10000 + (s % 3600) // 60 * 100 + s % 60 AS ts,
    (TIMESTAMP '{day}' + to_seconds(s)) AT TIME ZONE 'UTC' AS event_time,
    md5(i::VARCHAR) AS record_id,
    'u-' || u AS identity,
    '-g-' || u AS object_id,
    concat('{{"identity":"u-', u, '","all_identities":["u-', u, '","a', u, '@example.com"],',
           '"platform":"Android","phone":"91', 7000000000 + u, '","name":"आशा",',
           '"email":"a', u, '@example.com"}}') AS profile,
    '{{"make":"Pixel","model":"8","appVersion":"2.30.1","sdkVersion":"30107","osVersion":"14",'
        || '"dpi":420.0}}' AS device_info,
    NULL AS control_group_name,
    concat('{{"Product name":"Casio Chronograph Watch ', i % 1000, '","Price":', (i % 10000) / 100,
           ',"Quantity":', i % 7, ',"In stock":', i % 3 = 0, ',"Category":"Watches",',
           '"Colour":"red","Brand":"Casio","CT Source":"Mobile","CT App Version":"2.30.1",',
           '"CT Latitude":', i % 90, '.5}}') AS event_props,
    CASE WHEN i % 50 = 0 THEN '{{"utm_source":"mail"}}' END AS session_props,
    (TIMESTAMP '{day}' + to_seconds(s)) AT TIME ZONE 'UTC' AS captured_at
FROM (
    SELECT i, (i * 7919) % 86400 AS s, (i * 31) % 100000 AS u
    FROM range({first}, {first} + {rows}) AS t(i)
)
"""


@dataclass(frozen=True)
class Lake:
    """How many events, under how many names, on how many days, in how many files a day."""

    events: int
    names: int = 20
    days: int = 1
    files: int = 1

    @property
    def folder_name(self) -> str:
        return f"lake-{self.events}-{self.names}-names-{self.days}-days-{self.files}-files"


def make_lake(folder: Path, lake: Lake) -> Path:
    """The lake's folder. Its rows are made anew only when the folder is not there."""
    uri = folder / lake.folder_name
    if uri.exists():
        return uri
    rows = lake.events // lake.days // lake.files
    assert rows <= MAX_COMMIT_ROWS, "more files a day, or too much memory is needed"
    unfinished = uri.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    writer = EventWriter(str(unfinished))
    for part in range(lake.days * lake.files):
        day = DAY + datetime.timedelta(days=part // lake.files)
        # Held by nobody else, so that the next part finds the memory free.
        writer.write(_rows(day, lake.names, part * rows, rows), app_id="bench", batch=part + 1)
    unfinished.rename(uri)
    return uri


def _rows(day: datetime.date, names: int, first: int, rows: int) -> pa.Table:
    query = _ROWS.format(day=day, ymd=f"{day:%Y%m%d}", names=names, first=first, rows=rows)
    with duckdb.connect(config={"threads": 1}) as connection:
        made = connection.sql(query).to_arrow_table()
    return pa.Table.from_arrays(
        [made.column(name).cast(EVENTS_SCHEMA.field(name).type) for name in EVENTS_SCHEMA.names],
        schema=EVENTS_SCHEMA,
    )


def native_copy(lake: Path) -> Path:
    """The same events with structs instead of JSON text, as an engine's own writer likes them."""
    target = lake.parent / f"{lake.name}-native.parquet"
    if not target.exists():
        unfinished = target.with_suffix(".part")
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(
                f"COPY ({parquet_select(parquet_of(lake))}) TO '{unfinished}' "
                "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"
            )
        unfinished.rename(target)
    return target


def parquet_of(lake: Path) -> str:
    """The data file of a lake of one day and one file."""
    (file,) = lake.glob(f"event_day={DAY}/*.parquet")
    return str(file)
