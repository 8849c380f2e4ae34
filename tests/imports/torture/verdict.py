"""Compares lake, catalogue, counts and failed rows with what has to come."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from clevertap_partners.eventstore.catalogue import catalogue_rebuild
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.models import EventDay
from imports.landing import app_id
from imports.models import Import, ImportBatch, ImportRun
from imports.steps import failed_files
from imports.store import RunStore
from tests.imports.torture.expected import Event, Expected, Told, moment
from tests.torture.tally import Verdict


def judge(item: Import, run: ImportRun, expected: Expected, told: Told) -> Verdict:
    """After a run that is done. Nothing works on the account meanwhile."""
    item.refresh_from_db()
    verdict = Verdict(expected=told.imported)
    if run.kind == run.Kind.PROFILES:
        _compare_people(item, expected, verdict)
    else:
        _compare_events(item, expected, verdict)
        verdict.broken += _catalogue(item, expected)
    verdict.broken += [
        *_counts(run, told),
        *_failed_rows(run, told),
        *_groups(run),
        *_standing(item, run, expected),
        *_commits(item),
    ]
    return verdict


def _compare_events(item: Import, expected: Expected, verdict: Verdict) -> None:
    rows = _rows(events_uri(item.account_id))
    found = Counter(_event(row) for row in rows)
    verdict.lost = (expected.events - found).total()
    verdict.doubled = (found - expected.events).total()
    if len({row["record_id"] for row in rows}) != len(rows):
        verdict.broken.append("record ids are not unique")
    for row in rows:
        happened = moment(_micros(row["event_time"]))
        if (row["event_day"], row["ts"]) != (happened.date(), int(f"{happened:%Y%m%d%H%M%S}")):
            verdict.broken.append(f"{row['record_id']} is at {row['ts']}, and was at {happened}")
            return


def _compare_people(item: Import, expected: Expected, verdict: Verdict) -> None:
    rows = _rows(profiles_uri(item.account_id))
    found = Counter(row["identity"] for row in rows)
    verdict.lost = len(expected.people.keys() - found.keys())
    verdict.doubled = found.total() - len(expected.people.keys() & found.keys())
    wrong = [
        f"{row['identity']} is {row['properties']}, not {expected.people.get(row['identity'])}"
        for row in rows
        if json.loads(row["properties"]) != expected.people.get(row["identity"])
    ]
    if wrong:
        verdict.broken.append(f"{len(wrong)} people are not as they have to be: {wrong[0]}")


def _catalogue(item: Import, expected: Expected) -> Iterator[str]:
    """Right, and the same when it is made anew from the files."""
    for which in ("catalogue", "rebuilt catalogue"):
        if which.startswith("rebuilt"):
            catalogue_rebuild(account=item.account)
        days = EventDay.objects.filter(event_type__account=item.account)
        found = Counter({(day.event_type.name, day.day): day.rows for day in days})
        if found != expected.days():
            yield f"the {which} has {found.total()} events, of {expected.events.total()}"


def _counts(run: ImportRun, told: Told) -> Iterator[str]:
    failures = sum(sum(columns.values()) for columns in run.failures.values())
    for what, found, wanted in (
        ("status", run.status, "done"),
        ("read", run.rows_read, told.read),
        ("imported", run.rows_imported, told.imported),
        ("failed", run.rows_failed, told.failed.total()),
        ("reasons", failures, told.failed.total()),
        ("known", run.rows_known, told.known),
        ("new people", run.people_new, told.new),
        ("changed people", run.people_changed, told.changed),
        ("unchanged people", run.people_unchanged, told.unchanged),
    ):
        if found != wanted:
            yield f"run {run.number} tells of {what}: {found}, not {wanted}"


def _failed_rows(run: ImportRun, told: Told) -> Iterator[str]:
    store = RunStore(run)
    tables = [store.read(name) for name in failed_files(run)]
    kept = Counter(row["serial"] for table in tables for row in _originals(table))
    if kept != told.failed or run.failed_rows_kept != told.failed.total():
        yield f"{kept.total()} failed rows are kept, told as {run.failed_rows_kept}"


def _originals(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.column("original").to_pylist()
    return rows


def _groups(run: ImportRun) -> Iterator[str]:
    """Each unit's groups hold every row once, and each unit is done and nobody's."""
    for unit in run.units.all():
        groups = ImportBatch.objects.filter(unit=unit).order_by("first_row")
        ends = [0, *groups.values_list("end_row", flat=True)]
        starts = [*groups.values_list("first_row", flat=True), unit.position]
        if starts != ends or unit.status != unit.Status.DONE:
            yield f"{unit} has groups from {starts} to {ends} and is {unit.status}"
        if unit.lease_until is not None:
            yield f"{unit} is held by {unit.worker or 'nobody'} until {unit.lease_until}"


def _standing(item: Import, run: ImportRun, expected: Expected) -> Iterator[str]:
    if item.cursor_us != expected.high_us:
        yield f"the cursor is at {item.cursor_us}, not {expected.high_us}"
    if item.last_done != run or run.lease_until is not None or run.trouble_code:
        yield f"{run} is not the last one that is done"
    if (item.status, item.run_queued, item.trouble_code) != (Import.Status.READY, False, ""):
        yield f"the import is {item.status} with {item.trouble_code or 'no trouble'}"


def _commits(item: Import) -> Iterator[str]:
    """Every commit of rows is of a run that is done, and none comes twice."""
    table = profiles_uri if item.kind == item.Kind.PROFILES else events_uri
    done = {app_id(run) for run in item.runs.filter(status=ImportRun.Status.DONE)}
    landed: Counter[tuple[str, int]] = Counter()
    for path in sorted(Path(table(item.account_id), "_delta_log").glob("*.json")):
        actions = [json.loads(line) for line in path.read_text().splitlines()]
        named = [action["txn"] for action in actions if "txn" in action]
        landed.update((each["appId"], each["version"]) for each in named)
        if any("add" in action for action in actions) and len(named) != 1:
            yield f"{path.name} adds rows for {len(named)} runs"
    for (run, part), times in landed.items():
        if run not in done or times != 1:
            yield f"part {part} of {run} has landed {times} times"


def _rows(uri: str) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = pa.table(DeltaTable(uri).to_pyarrow_table()).to_pylist()
    except TableNotFoundError:
        return []
    return rows


def _event(row: dict[str, Any]) -> Event:
    told = json.loads(row["event_props"])
    return Event(
        told["serial"],
        row["identity"],
        row["event_name"],
        told["note"],
        told.get("age"),
        _micros(row["event_time"]),
    )


def _micros(when: Any) -> int:
    return round((when - moment(0)).total_seconds() * 1_000_000)
