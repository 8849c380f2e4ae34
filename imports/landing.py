"""The end of a run: everything that it has read goes into the lake, at once and once.

Then the cursor moves. Whatever is repeated here comes to the same end: the lake knows what has
landed, and the database changes in one transaction.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
from deltalake.transaction import AddAction
from django.db import transaction
from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.core.faults import error
from clevertap_partners.core.lease import Heartbeat, Lease
from clevertap_partners.core.trouble import trouble
from clevertap_partners.eventstore import survey
from clevertap_partners.eventstore.catalogue import catalogue_catch_up
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.people import PEOPLE_A_COMMIT, Outcome, PeopleMerge
from clevertap_partners.eventstore.staging import from_json
from clevertap_partners.eventstore.survey import Survey, Told
from clevertap_partners.eventstore.writer import EventWriter
from imports import faults
from imports.boundaries import known_prints, now_us
from imports.clearing import forget_working_files
from imports.folder import folder_uri
from imports.models import Import, ImportBatch, ImportRun, ImportUnit
from imports.pipeline.boundary import PRINTS_SCHEMA, as_often_as_either, to_remember
from imports.pipeline.unit import totals
from imports.runs import run_begin_anew, run_open_or_queue, settle
from imports.spec import reads_anew
from imports.store import RunStore

# Files that no commit names are taken for leftovers after some days (upkeep): land before that.
LAND_WITHIN = datetime.timedelta(days=2)
# How often a run reads everything when rows are missing, before somebody has to look.
READINGS = 3
FINISHED_FIELDS = ("cursor_us", "last_done", "run_queued", "rows_imported")


def land(run: ImportRun, lease: Lease, heartbeat: Heartbeat) -> None:
    batches = ImportBatch.objects.filter(unit__run=run)
    refuse_wrong_count(run, lease)
    _begin_anew_if_stale(run, lease)
    if run.kind == run.Kind.PROFILES:
        land_people(run, batches, lease, heartbeat)
    else:
        land_events(run, batches, lease)
    heartbeat.check()
    remember(run, batches, lease)
    finished(run, batches, lease)
    forget_working_files(run)


def refuse_wrong_count(run: ImportRun, lease: Lease) -> None:
    """Read anew when rows of the result are missing; PermanentError when that is of no use."""
    streams = ImportUnit.objects.filter(run=run, is_tail=False)
    read = streams.aggregate(rows=Sum("position", default=0))["rows"]
    if read == run.rows_expected:
        return
    if run.recounts >= READINGS or run.trigger == ImportRun.Trigger.FAILED_ROWS:
        raise error(faults.ROWS_DO_NOT_ADD_UP, expected=run.rows_expected, read=read)
    run_begin_anew(run=run, lease=lease, forget_result=True, recount=True)
    raise LeaseLost(f"{run} reads anew: {read} of {run.rows_expected} rows were read.")


def _begin_anew_if_stale(run: ImportRun, lease: Lease) -> None:
    """After a long trouble at this point, its files may have been taken for leftovers."""
    opened = run.opened_at or timezone.now()
    if timezone.now() - opened > LAND_WITHIN and not _has_landed(run):
        run_begin_anew(run=run, lease=lease, forget_result=True)
        raise LeaseLost(f"{run} reads anew: what it had read is too old to land.")


def _has_landed(run: ImportRun) -> bool:
    if run.kind == run.Kind.PROFILES:
        return bool(run.people_parts)
    return EventWriter(events_uri(run.parent.account_id)).landed(app_id=app_id(run)) is not None


def app_id(run: ImportRun) -> str:
    """What the lake knows the run by."""
    born = int(run.created_at.timestamp() * 1_000_000)
    return f"import:{run.pk}:{born}"


def land_events(run: ImportRun, batches: QuerySet[ImportBatch], lease: Lease) -> None:
    staged = batches.values_list("staged", flat=True).iterator()
    files = [from_json(file) for group in staged for file in group]
    if not files:
        return
    writer = EventWriter(events_uri(run.parent.account_id))
    refuse_stopped(run, lease)
    writer.commit_staged(files, app_id=app_id(run))
    # Each may be megabytes: one after the other.
    kept = batches.exclude(staged=[]).values_list("survey", flat=True).iterator(chunk_size=1)
    catalogue_catch_up(account=run.parent.account, told=told(files, kept))


def told(files: Sequence[AddAction], surveys: Iterable[dict[str, Any]]) -> Told | None:
    """What the commit of these files holds; None when not every group has kept a survey."""
    found = Survey()
    for stored in surveys:
        if not stored:
            return None
        found.add(survey.from_json(stored))
    return Told(frozenset(file.path for file in files), found)


def refuse_stopped(run: ImportRun, lease: Lease) -> None:
    """Raises LeaseLost: what somebody stopped a moment ago must not land."""
    if not lease.rows().filter(status=ImportRun.Status.RUNNING).exists():
        raise LeaseLost(f"{run} was stopped, or is no longer ours.")


def land_people(
    run: ImportRun, batches: QuerySet[ImportBatch], lease: Lease, heartbeat: Heartbeat
) -> None:
    staged = batches.values_list("staged", flat=True)
    names = [file["path"] for files in staged for file in files]
    if not names:
        return
    parts: dict[str, list[int]] = dict(run.people_parts)
    merge = PeopleMerge(
        profiles_uri(run.parent.account_id),
        folder_uri(run),
        names,
        app_id=app_id(run),
        people_a_commit=PEOPLE_A_COMMIT,
    )

    def announce(part: int, outcome: Outcome) -> None:
        refuse_stopped(run, lease)
        parts[str(part)] = [outcome.new, outcome.changed, outcome.unchanged]
        lease.update(people_parts=parts)

    for part in range(1, merge.parts + 1):
        heartbeat.check()
        merge.merge(part, partial(announce, part))
    merge.close()
    run.people_parts = parts


def remember(run: ImportRun, batches: QuerySet[ImportBatch], lease: Lease) -> None:
    """Keep the fingerprints of the rows that the next run may meet again."""
    store = RunStore(run)
    # Rows at the boundary were met in their streams: once is enough.
    groups = batches.filter(unit__is_tail=False).exclude(prints_file="")
    files = groups.values_list("prints_file", flat=True)
    tables = [store.read(name) for name in files]
    if not tables:
        return
    high_us = high_of(run, batches)
    met = pa.concat_tables([PRINTS_SCHEMA.empty_table(), *tables])
    kept = to_remember(met, high_us=high_us, now_us=now_us(run))
    before = known_prints(run)
    if before is not None and high_us is not None and high_us == run.low_us:
        # A row that was missing for once, as while its table is filled anew, is known next time.
        kept = as_often_as_either(kept, before)
    run.prints_file = store.keep("boundary", kept)
    lease.update(prints_file=run.prints_file)


def high_of(run: ImportRun, batches: QuerySet[ImportBatch]) -> int | None:
    """The cursor after the run: it never goes back."""
    seen = [batches.aggregate(high=Max("high_us"))["high"], run.low_us]
    return max((each for each in seen if each is not None), default=None)


def finished(run: ImportRun, batches: QuerySet[ImportBatch], lease: Lease) -> None:
    values = summed(run, batches)
    with transaction.atomic():
        lease.release(
            status=ImportRun.Status.DONE,
            finished_at=timezone.now(),
            attempts=0,
            next_attempt_at=None,
            **values,
            **trouble(),
        )
        item = Import.objects.select_for_update().get(pk=run.parent_id)
        if goes_on_from(run, item, values):
            item.cursor_us = values["high_us"]
            item.last_done = run
            ImportRun.objects.filter(pk=run.pk).update(cursor_moved=True)
        item.rows_imported += values["rows_imported"]
        for name, value in trouble().items():
            setattr(item, name, value)
        was_queued, item.run_queued = item.run_queued, False
        item.save(update_fields=[*FINISHED_FIELDS, *trouble()])
        settle(item)
        if was_queued and item.status in Import.ACTIVE:
            run_open_or_queue(item=item, trigger=ImportRun.Trigger.SCHEDULE)


def goes_on_from(run: ImportRun, item: Import, values: dict[str, Any]) -> bool:
    """Whether the next run begins where this one has ended."""
    if run.trigger == ImportRun.Trigger.FAILED_ROWS or not run.rows_expected:
        # A table may be empty for a moment, while it is filled anew.
        return False
    if reads_anew(run, item):
        # It was edited meanwhile: the next run reads all of what it is now.
        return False
    # Of a first run of which every row failed nothing is behind us: once the mapping is mended, all
    # is read again.
    return run.after_id is not None or values["rows_imported"] > 0


def summed(run: ImportRun, batches: QuerySet[ImportBatch]) -> dict[str, Any]:
    """What the run says of itself from now on."""
    names = ("rows_imported", "rows_failed", "rows_known", "rows_set_aside", "failed_rows_kept")
    sums = batches.aggregate(**{name: Sum(name, default=0) for name in names})
    # Of the rows set aside, those that were not new were known.
    tail = ImportUnit.objects.filter(run=run, is_tail=True)
    came_back = tail.aggregate(rows=Sum("position", default=0))["rows"]
    people = [sum(part) for part in zip(*run.people_parts.values(), strict=True)] or [0, 0, 0]
    return {
        "rows_read": run.rows_expected,
        "rows_imported": sums["rows_imported"],
        "rows_failed": sums["rows_failed"],
        "rows_known": sums["rows_known"] + sums["rows_set_aside"] - came_back,
        "failed_rows_kept": sums["failed_rows_kept"],
        "failures": totals(list(batches.values_list("failures", flat=True))),
        "high_us": high_of(run, batches),
        "people_new": people[0],
        "people_changed": people[1],
        "people_unchanged": people[2],
    }
