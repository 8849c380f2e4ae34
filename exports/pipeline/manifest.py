"""[pure] The manifest: written last, it says what the run holds, file by file.

It is built from the ledger alone, without a clock, so that writing it again gives the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import google_crc32c
import orjson

from clevertap_partners.core.objects import NewObject
from exports.pipeline.naming import RunNames


@dataclass(frozen=True)
class ManifestFile:
    """One file. `event_day` is yyyy-mm-dd, `min_ts` and `max_ts` yyyyMMddHHmmss in account time.

    Event, day and times are null for profiles, `md5` and `generation` where the credentials did not
    allow reading them.
    """

    name: str
    event_name: str | None
    event_day: str | None
    rows: int
    bytes: int
    crc32c: str
    md5: str | None
    generation: int | None
    min_ts: int | None
    max_ts: int | None


def manifest_bytes(
    names: RunNames, *, about: Mapping[str, Any], files: Sequence[ManifestFile]
) -> bytes:
    """The manifest's text. `about` says what was asked for: account, range, format, options."""
    content = {
        "request_id": names.request_id,
        "run_timestamp": names.run_timestamp,
        **about,
        "totals": {
            "files": len(files),
            "rows": sum(file.rows for file in files),
            "bytes": sum(file.bytes for file in files),
        },
        "files": [asdict(file) for file in files],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def manifest_object(names: RunNames, content: bytes) -> NewObject:
    crc32c = google_crc32c.value(content).to_bytes(4, "big")
    return NewObject(
        name=names.manifest,
        content_type="application/json",
        size=len(content),
        crc32c=base64.b64encode(crc32c).decode(),
        metadata={"run": names.run},
    )
