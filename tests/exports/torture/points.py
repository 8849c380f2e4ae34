"""Where workers of exports die."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tests.torture.magazine import AFTER, BEFORE, DURING, Magazine
from tests.torture.watching import passing, replace, watch_call, watch_database

# What a worker needs, loaded before it is forked.
HEAVY = ("exports.work", "integrations.partners.gcs.sink", "duckdb", "deltalake", "pyarrow.parquet")
# Calls that are watched, by module, name, and how often a run usually comes by.
CALLS = {
    "plan": ("exports.steps", "pin_content", 1),
    "unit": ("exports.steps", "unit_plan", 3),
    "finish": ("exports.steps", "manifest_files", 1),
    "claim": ("clevertap_partners.core.work", "claim", 5),
    "update lease": ("clevertap_partners.core.lease", "Lease.update", 4),
    "release lease": ("clevertap_partners.core.lease", "Lease.release", 4),
    "find": ("exports.ledger", "OrmLedger.find", 20),
    "intend": ("exports.ledger", "OrmLedger.intend", 20),
    "record": ("exports.ledger", "OrmLedger.record", 20),
    "withdraw": ("exports.ledger", "OrmLedger.withdraw", 1),
    "upload": ("integrations.partners.gcs.sink", "GcsSink.create", 20),
    "look": ("integrations.partners.gcs.sink", "GcsSink.look", 1),
    "listing": ("integrations.partners.gcs.sink", "GcsSink.listing", 1),
}
# Further points: the manifest is an upload of its own; whatever is written in SQL; each commit.
OTHERS = {"manifest": 1, "write": 40, "commit": 30}
POINTS = {
    f"{name}, {when}": often
    for name, often in ({name: call[2] for name, call in CALLS.items()} | OTHERS).items()
    for when in (BEFORE, AFTER)
} | {f"upload, {DURING}": 20, f"manifest, {DURING}": 1}


def arm(magazine: Magazine) -> None:
    """Make this process pass by the magazine's points from now on. There is no way back."""
    for name, (module, path, _) in CALLS.items():
        if name == "upload":
            replace(module, path, _watched_upload(magazine))
        elif name == "listing":
            # Its calls are made as it is read.
            replace(module, path, lambda call: lambda *args: iter(list(call(*args))))
        if name != "upload":
            watch_call(name, module, path, magazine)
    watch_database(magazine)


def _watched_upload(magazine: Magazine) -> Callable[[Any], Any]:
    def wrap(call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def create(sink: Any, new: Any, body: Any) -> Any:
            name = "manifest" if str(new.name).endswith("-manifest.json") else "upload"
            return passing(magazine, name, lambda: call(sink, new, body))

        return create

    return wrap
