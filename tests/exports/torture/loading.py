"""Puts records into a lake as an operator does, so that the event catalogue knows of them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.loading import Observer, events_load


def load(account: Account, records: Sequence[Mapping[str, Any]]) -> None:
    with tempfile.TemporaryDirectory(prefix="partners-load-") as folder:
        path = Path(folder) / "records.ndjson"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        summary = events_load(
            account=account,
            path=path,
            rejects_path=Path(folder) / "rejects.ndjson",
            observer=Observer(rejected=lambda _: None, progressed=lambda _: None),
        )
    landed = summary.events + summary.profiles
    assert landed == len(records), f"{landed} records of {len(records)} have landed"
