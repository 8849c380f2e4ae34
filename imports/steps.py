"""The first two steps of a run: plan it, and read one unit of it. The last is in landing.py.

Each is given a row, the claim on it and the heartbeat that keeps the claim; each may be repeated.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from clevertap_partners.core.errors import (
    LeaseLost,
    PartnersError,
    PermanentError,
    Remedy,
    TransientError,
)
from clevertap_partners.core.faults import error
from clevertap_partners.core.lease import Heartbeat, Lease
from clevertap_partners.core.trouble import trouble
from clevertap_partners.eventstore.lake import profiles_uri
from clevertap_partners.eventstore.people import identities_of
from imports import faults
from imports.boundaries import (
    boundary_of,
    has_boundary,
    known_prints,
    lost_columns,
    print_columns,
    prints_of_earlier,
    values_of,
)
from imports.ledger import event_name_gate, group_record
from imports.memory import keep_small
from imports.models import Import, ImportRun, ImportUnit
from imports.pipeline.boundary import new_rows
from imports.pipeline.mapper import MapContext, Mapper
from imports.pipeline.unit import UnitPlan, behind, coalesced, in_batches, read_unit
from imports.planning import (
    max_streams,
    open_warehouse,
    query_result,
    refuse_broken_mapping,
    refuse_too_many_bytes,
    result_as_json,
    result_from_json,
    wanted_rows,
)
from imports.rules import mapping_problems
from imports.runs import content_of, place_of, run_begin_anew, settle
from imports.spec import columns_of, mapping_of, source_of
from imports.store import RunStore
from integrations.warehouse import Column, QueryFailed, QueryResult, ReadStream

# Good rows of a group in memory, in bytes as Arrow counts them.
GROUP_BYTES = 40_000_000
GROUP_ROWS = 1_000_000
# A batch ends here whatever its rows are.
BATCH_BYTES = 32_000_000
# What a session or a result says when it is over.
GONE = {"session_expired": False, "job_lost": True, "table_not_found": True}


def plan_run(run: ImportRun, lease: Lease, heartbeat: Heartbeat) -> None:
    """Pin what the import wants by now, run the query, lay down a unit for each stream."""
    pin(run, lease)
    if run.trigger == ImportRun.Trigger.FAILED_ROWS:
        refuse_other_columns(run)
        lay_down(run, lease, [ReadStream({})], rows=failed_rows_kept(run))
        return
    try:
        result = result_of(run, lease, heartbeat)
        session = open_warehouse(run).open_session(result, max_streams=max_streams())
    except (PermanentError, TransientError) as failure:
        if needs_another_job(failure):
            lease.update(generation=run.generation + 1, result={})
        raise
    heartbeat.check()
    lay_down(
        run,
        lease,
        session.streams,
        rows=result.rows,
        via=session.via,
        session_expires_at=session.expires_at,
    )


def pin(run: ImportRun, lease: Lease) -> None:
    """Take over what the import says at this moment, as nothing of the run has been read yet.

    What a query has brought for something else is of no use any more.
    """
    item = Import.objects.select_related("account").get(pk=run.parent_id)
    values: dict[str, Any] = content_of(item)
    if run.trigger != ImportRun.Trigger.FAILED_ROWS:
        values |= place_of(item)
    if any(getattr(run, name) != value for name, value in values.items()):
        values |= {"generation": run.generation + 1, "result": {}}
        run.captured_at = None
    values["time_zone"] = item.account.time_zone
    values["captured_at"] = run.captured_at or timezone.now().replace(microsecond=0)
    for name, value in values.items():
        setattr(run, name, value)
    lease.update(**values)


def needs_another_job(failure: PartnersError) -> bool:
    """A job that has ended keeps its name for good. A key that is refused has ended none."""
    if isinstance(failure, QueryFailed) or failure.code in GONE:
        return True
    return isinstance(failure, PermanentError) and failure.remedy != Remedy.CONNECTION


def refuse_other_columns(run: ImportRun) -> None:
    """Failed rows hold the columns that were mapped when they were read."""
    earlier, chosen = run.failed_rows_of, mapping_of(run)
    if earlier is None:
        raise error(faults.FAILED_ROWS_GONE, number="before")
    held = set(mapping_of(earlier).columns)
    for column in chosen.columns:
        if column not in held:
            raise error(faults.FAILED_ROWS_LACK_COLUMN, number=earlier.number, column=column)
    if problems := mapping_problems(chosen, columns_of(run)):
        raise error(faults.MAPPING_BROKEN, problem=problems[0].message)


def result_of(run: ImportRun, lease: Lease, heartbeat: Heartbeat) -> QueryResult:
    """The snapshot that the run reads: kept from before, or that of a query."""
    if run.result:
        result = result_from_json(run.result)
        if result.expires_at > timezone.now() + datetime.timedelta(hours=1):
            return result
    warehouse = open_warehouse(run)
    now = warehouse.estimate(source_of(run)).columns
    notes = refuse_broken_mapping(run, now) + notes_on_boundary(run, now)
    query = wanted_rows(run, run.low_us, also=print_columns(run, now))
    refuse_too_many_bytes(run, warehouse.estimate(query).bytes)
    result = query_result(run, warehouse, query, heartbeat.check)
    lease.update(
        result=result_as_json(result),
        bytes_billed=result.bytes_billed,
        notes=notes,
    )
    return result


def notes_on_boundary(run: ImportRun, now: Sequence[Column]) -> list[str]:
    """Raises PermanentError `rows_not_known` when nothing but that column told what is new."""
    lost = lost_columns(run, [asdict(column) for column in now])
    if not lost:
        return []
    if not mapping_of(run).cursor_column:
        raise error(faults.ROWS_NOT_KNOWN, column=lost[0])
    text = gettext_noop(
        "“{column}” is not what it was, and rows at the boundary of the last run are known by it."
        " They could not be compared this time, and none of them was imported again."
    )
    return [text.format(column=lost[0])]


def lay_down(
    run: ImportRun, lease: Lease, streams: Iterable[ReadStream], *, rows: int, **values: Any
) -> None:
    """The units of the run; the last one takes the rows at the boundary, if there can be any."""
    units = [
        ImportUnit(run=run, part=part, stream=stream.reference)
        for part, stream in enumerate(streams)
    ]
    if has_boundary(run):
        units.append(ImportUnit(run=run, part=len(units), is_tail=True))
    began = run.started_at or timezone.now()
    with transaction.atomic():
        lease.release(
            status=ImportRun.Status.RUNNING,
            opened_at=timezone.now(),
            rows_expected=rows,
            started_at=began,
            attempts=0,
            next_attempt_at=None,
            **values,
            **trouble(),
        )
        ImportUnit.objects.filter(run=run).delete()
        ImportUnit.objects.bulk_create(units)
        item = Import.objects.select_for_update().get(pk=run.parent_id)
        settle(item)
        Import.objects.filter(pk=item.pk).update(
            last_run_timestamp=int(began.timestamp()), **trouble()
        )


def failed_rows_kept(run: ImportRun) -> int:
    earlier = run.failed_rows_of
    if earlier is None:
        raise error(faults.FAILED_ROWS_GONE, number="before")
    return earlier.failed_rows_kept


def read_run_unit(unit: ImportUnit, lease: Lease, heartbeat: Heartbeat) -> None:
    """Read one unit to its end."""
    keep_small()
    run = unit.run
    store = RunStore(run)
    cursor = boundary_of(run, is_tail=unit.is_tail)
    plan = UnitPlan(
        part=unit.part,
        judge=Mapper(mapping_of(run), columns_of(run), map_context(run)),
        cursor=cursor,
        store=store,
        room_for_failed=room_for_failed(unit),
        group_bytes=GROUP_BYTES,
        group_rows=GROUP_ROWS,
    )
    try:
        read_unit(
            plan,
            rows_of(unit, store),
            position=unit.position,
            record=lambda group: group_record(unit=unit, lease=lease, group=group),
            still_ours=heartbeat.check,
        )
    except PartnersError as failure:
        if failure.code not in GONE:
            raise
        run_begin_anew(run=run, lease=lease, forget_result=GONE[failure.code])
        raise LeaseLost(f"{run} begins to read anew: {failure.code}.") from failure
    with transaction.atomic():
        # Runs before their units, as everywhere.
        ImportRun.objects.select_for_update().get(pk=run.pk)
        lease.release(status=ImportUnit.Status.DONE, attempts=0, next_attempt_at=None)
        ImportRun.objects.filter(pk=run.pk).update(**trouble())
        Import.objects.filter(pk=run.parent_id).update(**trouble())


def map_context(run: ImportRun) -> MapContext:
    if run.captured_at is None:
        raise ValueError(f"{run} is not planned.")
    account = run.parent.account
    return MapContext(
        zone=zoneinfo.ZoneInfo(run.time_zone),
        captured_at=run.captured_at,
        record_prefix=f"import-{run.pk}",
        admit_event_names=event_name_gate(run),
        known_object_ids=partial(identities_of, profiles_uri(account.pk)),
    )


def room_for_failed(unit: ImportUnit) -> int:
    """How many failed rows the unit may keep still: each its share, so that none waits for
    another."""
    units = unit.run.units.count()
    kept = sum(unit.batches.values_list("failed_rows_kept", flat=True))
    return int(settings.IMPORT_FAILED_ROWS_KEPT) // units - kept


def rows_of(unit: ImportUnit, store: RunStore) -> Iterator[pa.RecordBatch]:
    """The unit's rows from its position on."""
    run = unit.run
    if not unit.is_tail and run.trigger != ImportRun.Trigger.FAILED_ROWS:
        batches = open_warehouse(run).read(ReadStream(dict(unit.stream)), offset=unit.position)
        return coalesced(batches, settings.IMPORT_BATCH_ROWS, BATCH_BYTES)
    tables = new_at_boundary(run, store) if unit.is_tail else failed_rows_of(run)
    return in_batches(behind(tables, unit.position), settings.IMPORT_BATCH_ROWS)


def new_at_boundary(run: ImportRun, store: RunStore) -> list[pa.Table]:
    """The rows that were set aside and are new, in the order of the units."""
    known, prints = known_prints(run), prints_of_earlier(run)
    if known is None or prints is None:
        # Without a column that they were known by, nobody can tell: better none twice.
        return []
    tables = [store.read(name) for name in aside_files(run)]
    return new_rows(tables, known, values=values_of(run), prints=prints)


def aside_files(run: ImportRun) -> list[str]:
    files = ImportUnit.objects.filter(run=run, is_tail=False).order_by("part", "batches__first_row")
    return [name for name in files.values_list("batches__aside_file", flat=True) if name]


def failed_rows_of(run: ImportRun) -> Iterator[pa.Table]:
    """The failed rows of an earlier run, as the source gave them."""
    earlier = run.failed_rows_of
    names = [] if earlier is None else failed_files(earlier)
    if earlier is None or not names:
        raise error(faults.FAILED_ROWS_GONE, number=earlier.number if earlier else "before")
    store = RunStore(earlier)
    try:
        for name in names:
            yield original(store.read(name))
    except FileNotFoundError as gone:
        raise error(faults.FAILED_ROWS_GONE, number=earlier.number) from gone


def failed_files(run: ImportRun) -> list[str]:
    files = run.units.order_by("part", "batches__first_row")
    return [name for name in files.values_list("batches__failed_file", flat=True) if name]


def original(failed: pa.Table) -> pa.Table:
    """The rows of a file of failed rows, as columns."""
    struct = failed.column("original").combine_chunks()
    names = [field.name for field in struct.type]
    return pa.table([struct.field(place) for place in range(len(names))], names=names)
