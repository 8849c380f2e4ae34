"""[pure] The lake's schema: the one shape of an event on its way from writer to reader.

JSON columns hold canonical, valid JSON objects: compact, UTF-8, null properties dropped, control
characters replaced. So an export splices them into its lines without parsing them again.
"""

from __future__ import annotations

import pyarrow as pa

EVENTS_SCHEMA = pa.schema(
    [
        # day of the event in account time; the partition
        pa.field("event_day", pa.date32(), nullable=False),
        pa.field("event_name", pa.string(), nullable=False),
        # yyyyMMddHHmmss in account time
        pa.field("ts", pa.int64(), nullable=False),
        pa.field("event_time", pa.timestamp("us", tz="UTC"), nullable=False),
        # unique within the account; breaks ties, so that the order is total
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("identity", pa.string()),
        # CleverTap ID; kept apart from `profile` because exports leave it out unless asked
        pa.field("object_id", pa.string()),
        # {identity, all_identities, platform, phone, name, email, push_token}, in this order
        pa.field("profile", pa.string(), nullable=False),
        # null when there is nothing to say
        pa.field("device_info", pa.string()),
        pa.field("control_group_name", pa.string()),
        # {} when there is nothing to say
        pa.field("event_props", pa.string(), nullable=False),
        pa.field("session_props", pa.string()),
        pa.field("captured_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)

# Every file of the lake is sorted by these: exports merge sorted files instead of sorting anew.
SORT_KEYS = ("event_name", "ts", "record_id")
