"""[pure] Columns put together as the lake's tables want them."""

from __future__ import annotations

import zoneinfo

import pyarrow as pa

from clevertap_partners.eventstore.people import CHANGES_SCHEMA
from clevertap_partners.eventstore.records import EVENTS_SCHEMA
from imports.pipeline.reading import all_of
from imports.pipeline.texts import escaped, joined
from imports.pipeline.when import local_times

_ENDS = [f"{number:03d}".encode() for number in range(1_000)]
_TIME = pa.timestamp("us", tz="UTC")
_FIRST_ORDER = -(2**63)


def events(
    *,
    identities: pa.Array | None,
    object_ids: pa.Array | None,
    names: pa.Array | str,
    micros: pa.Array | int,
    ids: pa.Array,
    properties: pa.Array,
    captured: int,
    zone: zoneinfo.ZoneInfo,
) -> pa.Table:
    """Rows of EVENTS_SCHEMA; of identities and CleverTap IDs one is given."""
    count = len(ids)
    nothing = pa.nulls(count, pa.string())
    if isinstance(micros, int):
        micros = all_of(count, micros, pa.int64())
    times = local_times(micros, zone)
    columns = {
        "event_day": times.day,
        "event_name": all_of(count, names, pa.string()) if isinstance(names, str) else names,
        "ts": times.ts,
        "event_time": micros.view(_TIME),
        "record_id": ids,
        "identity": nothing if identities is None else identities,
        "object_id": nothing if object_ids is None else object_ids,
        "profile": _profiles(identities, count),
        "device_info": nothing,
        "control_group_name": nothing,
        "event_props": properties,
        "session_props": nothing,
        "captured_at": all_of(count, captured, pa.int64()).view(_TIME),
    }
    return pa.table([columns[name] for name in EVENTS_SCHEMA.names], schema=EVENTS_SCHEMA)


def changes(
    identities: pa.Array,
    object_ids: pa.Array | None,
    properties: pa.Array,
    captured: int,
    order: pa.Array,
    part: int,
    places: pa.Array,
) -> pa.Table:
    """Rows of CHANGES_SCHEMA."""
    count = len(places)
    columns = {
        "identity": identities,
        "object_id": pa.nulls(count, pa.string()) if object_ids is None else object_ids,
        "properties": properties,
        "seen_at": all_of(count, captured, pa.int64()).view(_TIME),
        "order_us": order.fill_null(_FIRST_ORDER),
        "part": all_of(count, part, pa.int32()),
        "row": places,
    }
    return pa.table([columns[name] for name in CHANGES_SCHEMA.names], schema=CHANGES_SCHEMA)


def record_ids(prefix: str, part: int, first_row: int, count: int) -> pa.StringArray:
    """<prefix>-<part>-<row>, for consecutive rows: a thousand at a time differ in three digits."""
    head = f"{prefix}-{part:04d}-".encode()
    thousands = range(first_row // 1_000, (first_row + count) // 1_000 + 1)
    heads = [head + f"{number:09d}".encode() for number in thousands]
    data = b"".join(each + each.join(_ENDS) for each in heads)
    width = len(heads[0]) + 3
    skipped = first_row % 1_000 * width
    offsets = pa.arange(0, (count + 1) * width, width).cast(pa.int32())
    values = pa.py_buffer(data).slice(skipped, count * width)
    return pa.Array.from_buffers(pa.string(), count, [None, offsets.buffers()[1], values])


def _profiles(identities: pa.Array | None, count: int) -> pa.StringArray:
    if identities is None:
        return all_of(count, "{}", pa.string())
    return joined('{"identity":"', escaped(identities), '"}')
