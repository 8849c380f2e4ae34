"""Where workers of imports die."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from tests.torture.magazine import AFTER, BEFORE, DURING, Magazine
from tests.torture.watching import COMMIT, WRITE, watch_call, watch_database

# What a worker needs, loaded before it is forked.
HEAVY = (
    "imports.work",
    "integrations.partners.bigquery.partner",
    "integrations.partners.bigquery.warehouse",
    "duckdb",
    "deltalake",
    "pyarrow.parquet",
)
# Small, so that a run has many groups and profiles land in several parts.
GROUP_ROWS = 200
PEOPLE_A_COMMIT = 400


@dataclass(frozen=True)
class Place:
    """A call that is watched: how often a first run and a later one usually come by, and how long
    it takes; 0 where only before and after are of interest. `of` is what alone comes by: events,
    profiles, or later runs."""

    module: str
    path: str
    often: tuple[int, int] = (1, 1)
    seconds: float = 0.0
    of: str = ""


_JOBS = "integrations.partners.bigquery.jobs"
_READS = "integrations.partners.bigquery.storage_reads"
PLACES = {
    "pin": Place("imports.steps", "pin"),
    "estimate": Place("integrations.partners.bigquery.warehouse", "BigQueryWarehouse.estimate"),
    "job start": Place(_JOBS, "Jobs.begin", seconds=0.05),
    "job wait": Place(_JOBS, "Jobs.wait", (2, 2), 0.3),
    "session": Place(_READS, "StorageReads.open_session", seconds=0.05),
    "lay down": Place("imports.steps", "lay_down", seconds=0.02),
    "unit": Place("imports.steps", "map_context", (3, 3)),
    "message": Place(_READS, "decoded", (25, 6)),
    "judge": Place("imports.pipeline.mapper", "Mapper.map", (25, 4), 0.01),
    "gate": Place("imports.ledger", "event_names", (3, 2), of="events"),
    "stage": Place("imports.store", "RunStore.stage", (15, 3), 0.03),
    "keep": Place("imports.store", "RunStore.keep", (15, 6), 0.01),
    "record": Place("imports.steps", "group_record", (15, 4), 0.02),
    "tail": Place("imports.steps", "new_at_boundary", of="later runs"),
    "land": Place("imports.landing", "refuse_wrong_count"),
    "commit to lake": Place(
        "clevertap_partners.eventstore.writer", "EventWriter.commit_staged", (1, 1), 0.05, "events"
    ),
    "merge of people": Place(
        "clevertap_partners.eventstore.people", "PeopleMerge.merge", (4, 1), 0.2, "profiles"
    ),
    "rows of people": Place(
        "clevertap_partners.eventstore.people", "merge_rows", (4, 1), 0.1, "profiles"
    ),
    "catalogue": Place("imports.landing", "catalogue_catch_up", (1, 1), 0.05, "events"),
    "remember": Place("imports.landing", "remember", (1, 1), 0.03),
    "finished": Place("imports.landing", "finished", (1, 1), 0.03),
    "forget": Place("imports.landing", "forget_working_files", (1, 1), 0.01),
    "claim": Place("clevertap_partners.core.work", "claim", (6, 4)),
    "update lease": Place("clevertap_partners.core.lease", "Lease.update", (20, 8)),
    "release lease": Place("clevertap_partners.core.lease", "Lease.release", (4, 4)),
}
# Further points, by how often a first run and a later one come by.
OTHERS = {WRITE: (80, 50), COMMIT: (40, 30)}


def points_of(kind: str, *, is_later: bool) -> dict[str, int]:
    """Where a worker may die in such a run, and how often it comes by."""
    never = {"events", "profiles", "later runs"} - {kind, *(["later runs"] if is_later else [])}
    found: dict[str, int] = {}
    for name, place in PLACES.items():
        if place.of not in never:
            whens = (BEFORE, DURING, AFTER) if place.seconds else (BEFORE, AFTER)
            found |= {f"{name}, {when}": place.often[is_later] for when in whens}
    for name, often in OTHERS.items():
        found |= {f"{name}, {when}": often[is_later] for when in (BEFORE, AFTER)}
    return found


def arm(magazine: Magazine) -> None:
    """Make this process pass by the magazine's points from now on. There is no way back."""
    for module, name, value in (
        ("imports.steps", "GROUP_ROWS", GROUP_ROWS),
        ("imports.landing", "PEOPLE_A_COMMIT", PEOPLE_A_COMMIT),
    ):
        setattr(importlib.import_module(module), name, value)
    for name, place in PLACES.items():
        watch_call(name, place.module, place.path, magazine)
    watch_database(magazine)
