"""[pure] What a form asks for: one frozen value between the form and the services."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from exports.pipeline.encode.base import EncodeOptions


@dataclass(frozen=True)
class ExportSpec:
    """What to export, how and when. `event_names` is empty for all.

    Days are in account time; for profiles they are None. `range_kind` is empty for profiles and for
    recurring exports. A recurring export of events has a first day and no last one, and every
    recurring export has `interval_hours` and an aware `starts_at`.
    """

    connection_id: int
    type: str
    frequency: str
    range_kind: str
    first_day: datetime.date | None
    last_day: datetime.date | None
    format: str
    event_names: tuple[str, ...] = ()
    encode: EncodeOptions = field(default_factory=EncodeOptions)
    manifest: bool = True
    interval_hours: int | None = None
    starts_at: datetime.datetime | None = None
