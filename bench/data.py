"""The events that every contender exports: one day, ten properties each, twenty event names."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa

from clevertap_partners.eventstore.records import EVENTS_SCHEMA
from clevertap_partners.eventstore.writer import EventWriter

DAY = datetime.date(2026, 11, 1)
NAMES = 20

_ROWS = """
SELECT
    DATE '2026-11-01' AS event_day,
    'Event ' || (i % {names}) AS event_name,
    20261101000000 + (s // 3600) * 10000 + (s % 3600) // 60 * 100 + s % 60 AS ts,
    make_timestamp(1793491200000000 + s * 1000000) AT TIME ZONE 'UTC' AS event_time,
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
    make_timestamp(1793491200000000 + s * 1000000) AT TIME ZONE 'UTC' AS captured_at
FROM (SELECT i, (i * 7919) % 86400 AS s, (i * 31) % 100000 AS u FROM range({events}) AS t(i))
"""


def make_lake(folder: Path, events: int) -> Path:
    """A lake of that many events, made once and kept for the next time."""
    uri = folder / f"events-{events}"
    if (uri / "_delta_log").exists():
        return uri
    shutil.rmtree(uri, ignore_errors=True)
    with duckdb.connect() as connection:
        rows = connection.sql(_ROWS.format(events=events, names=NAMES)).to_arrow_table()
    table = pa.Table.from_arrays(
        [rows.column(name).cast(EVENTS_SCHEMA.field(name).type) for name in EVENTS_SCHEMA.names],
        schema=EVENTS_SCHEMA,
    )
    EventWriter(str(uri)).write(table, app_id="bench", batch=1)
    return uri


def native_copy(lake: Path, folder: Path) -> Path:
    """The same events with native columns, as an engine's own writer likes them best.

    Profile and device as structs, properties as a map from text to text.
    """
    target = folder / f"{lake.name}-native.parquet"
    if target.exists():
        return target
    profile = '{"identity":"VARCHAR","all_identities":["VARCHAR"],"platform":"VARCHAR",'
    profile += '"phone":"VARCHAR","name":"VARCHAR","email":"VARCHAR"}'
    device = '{"make":"VARCHAR","model":"VARCHAR","appVersion":"VARCHAR","sdkVersion":"VARCHAR",'
    device += '"osVersion":"VARCHAR","dpi":"DOUBLE"}'
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT event_name, ts, control_group_name,
                json_transform(profile, '{profile}') AS profile,
                json_transform(device_info, '{device}') AS device_info,
                json_transform(event_props, '"MAP(VARCHAR, VARCHAR)"') AS event_props,
                json_transform(session_props, '"MAP(VARCHAR, VARCHAR)"') AS session_props
            FROM read_parquet('{parquet_of(lake)}')) TO '{target}'
            (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"""
        )
    return target


def parquet_of(lake: Path) -> str:
    return f"{lake}/event_day={DAY}/*.parquet"
