"""The three steps of a run: plan it, write one unit of it, finish it.

Each is given a row, the claim on it and the heartbeat that keeps the claim; each may be repeated.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from io import BytesIO
from typing import Any

from django.db import transaction
from django.utils import timezone

from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.lease import Heartbeat, Lease
from clevertap_partners.core.objects import ObjectExists
from clevertap_partners.eventstore.merge import LakeUnsorted
from exports.ledger import OrmLedger
from exports.models import Export, ExportRun, ExportUnit, trouble
from exports.pipeline import manifest as manifests
from exports.pipeline import run as pipeline
from exports.pipeline.encode import file_extension, profile_ending
from exports.pipeline.naming import EventFiles, ProfileFiles, RunNames
from exports.pipeline.plan import UnitPlan
from exports.pipeline.reconcile import reconcile
from exports.pipeline.records import as_json, from_json
from exports.pipeline.upload import NameTaken, Sink, recognise
from exports.planning import (
    open_events,
    open_profiles,
    plan_events,
    plan_profiles,
    scratch_dir,
)
from exports.selectors import encode_options, wanted_names
from integrations.services import connection_open_sink


def plan_run(run: ExportRun, lease: Lease, heartbeat: Heartbeat) -> None:
    """Pin the lake's version and the properties, and lay down the units."""
    export = run.export
    scope = plan_profiles(export) if export.is_of_profiles else plan_events(export)
    heartbeat.check()
    with transaction.atomic():
        lease.release(
            status=ExportRun.Status.RUNNING,
            store_version=scope.store_version,
            slugs=scope.slugs,
            records=as_json(scope.records),
            rows_counted=sum(unit.rows for unit in scope.units),
            started_at=timezone.now(),
            attempts=0,
            next_attempt_at=None,
            **trouble(),
        )
        ExportUnit.objects.bulk_create(
            ExportUnit(run=run, part=unit.part, event_day=unit.event_day, rows_counted=unit.rows)
            for unit in scope.units
        )
        _set_export_status(export, Export.Status.RUNNING, **trouble())


def run_unit(unit: ExportUnit, lease: Lease, heartbeat: Heartbeat) -> None:
    """Write the files of one event day, or of one part of the people."""
    run, export = unit.run, unit.run.export
    try:
        result = pipeline.run_unit(
            unit_plan(unit),
            source=open_source(unit),
            sink=open_sink(export),
            ledger=OrmLedger(unit, lease),
            scratch_dir=scratch_dir(),
            still_ours=heartbeat.check,
        )
    except LakeUnsorted as error:
        raise PermanentError(
            "The event store has a file that is out of order.",
            code="lake_unsorted",
            fix="Something other than this product wrote to the event store; ask the operator.",
        ) from error
    if not unit.rows_counted == result.rows_read == result.rows_written:
        raise PermanentError(
            f"{unit}: {unit.rows_counted} rows were counted, {result.rows_read} read and "
            f"{result.rows_written} written.",
            code="rows_do_not_add_up",
            fix="This is our mistake: please report it. The export will not be called done.",
        )
    with transaction.atomic():
        lease.release(
            status=ExportUnit.Status.DONE,
            rows_read=result.rows_read,
            attempts=0,
            next_attempt_at=None,
        )
        _clear_trouble(run)


def finish_run(run: ExportRun, lease: Lease, heartbeat: Heartbeat) -> None:
    """Compare all counts, write the manifest, call it done."""
    export = run.export
    sink = open_sink(export)
    files = manifest_files(run)
    outcome = reconcile(
        run_names(run),
        files,
        sink,
        rows_counted=run.rows_counted,
        rows_read=sum(run.units.values_list("rows_read", flat=True)),
    )
    heartbeat.check()
    # Also announces the manifest: without this note, one that is there already is not ours.
    lease.update(reconciliation=asdict(outcome))
    try:
        generation = _write_manifest(run, files, sink) if export.options["manifest"] else None
    except NameTaken:
        lease.update(reconciliation=None)
        raise
    with transaction.atomic():
        lease.release(
            status=ExportRun.Status.DONE,
            finished_at=timezone.now(),
            manifest_generation=generation,
            attempts=0,
            next_attempt_at=None,
            **trouble(),
        )
        _set_export_status(export, Export.Status.DONE, **trouble())


def unit_plan(unit: ExportUnit) -> UnitPlan:
    export = unit.run.export
    return UnitPlan(
        files=unit_files(unit),
        records=from_json(unit.run.records),
        format_key=export.format,
        options=encode_options(export),
        max_bytes=export.options["max_bytes"],
    )


def unit_files(unit: ExportUnit) -> EventFiles | ProfileFiles:
    export = unit.run.export
    if unit.event_day is None:
        ending = profile_ending(export.format)
        return ProfileFiles(run=run_names(unit.run), part=unit.part, ending=ending)
    return EventFiles(
        run=run_names(unit.run),
        day=unit.event_day,
        extension=file_extension(export.format, encode_options(export)),
        slugs=unit.run.slugs,
    )


def run_names(run: ExportRun) -> RunNames:
    export = run.export
    return RunNames(
        request_id=export.request_id,
        run_timestamp=run.run_timestamp,
        database_id=export.account.database_id,
        account_id=export.account_id if export.is_of_profiles else None,
    )


def open_source(unit: ExportUnit) -> pipeline.Source:
    """The unit's rows, at the version of the lake that the run reads."""
    run, export = unit.run, unit.run.export
    version = int(run.store_version or 0)
    if unit.event_day is None:
        return partial(open_profiles(export).scan, version=version, shard=unit.part)
    return partial(
        open_events(export).scan,
        version=version,
        day=unit.event_day,
        event_names=wanted_names(export),
    )


def open_sink(export: Export) -> Sink:
    """The export's bucket. Raises PermanentError when plan or connection no longer allow it."""
    if export.connection is None:
        raise PermanentError(
            f"The bucket connection “{export.bucket_nickname}” was deleted.",
            code="connection_gone",
            fix="Stop this export and start a new one to a connected bucket.",
        )
    return connection_open_sink(connection=export.connection)


def manifest_files(run: ExportRun) -> list[manifests.ManifestFile]:
    return [
        manifests.ManifestFile(
            name=file.name,
            event_name=file.event_name or None,
            event_day=file.event_day.isoformat() if file.event_day else None,
            rows=file.rows,
            bytes=file.bytes,
            crc32c=file.crc32c,
            md5=file.md5 or None,
            generation=file.generation,
            min_ts=file.min_ts,
            max_ts=file.max_ts,
        )
        for file in run.files.filter(stored_at__isnull=False)
    ]


def _write_manifest(run: ExportRun, files: list[manifests.ManifestFile], sink: Sink) -> int | None:
    names = run_names(run)
    content = manifests.manifest_bytes(names, about=_about(run), files=files)
    new = manifests.manifest_object(names, content)
    try:
        stored = sink.create(new, BytesIO(content))
    except ObjectExists as error:
        # The ledger is complete, so the content is the same in every attempt.
        announced = run.reconciliation is not None
        stored = recognise(new, sink, repeated=announced or error.after_try)
    return stored.generation or None


def _about(run: ExportRun) -> dict[str, Any]:
    export = run.export
    return {
        "account_id": export.account_id,
        "partner": export.partner,
        "bucket": export.bucket_name,
        "type": export.type,
        "event_names": export.event_names or None,
        "first_day": export.first_day.isoformat() if export.first_day else None,
        "last_day": export.last_day.isoformat() if export.last_day else None,
        "time_zone": export.account.time_zone,
        "format": export.format,
        "options": export.options,
        "store_version": run.store_version,
        "rows_counted": run.rows_counted,
        "previous_manifest": None,
    }


def _set_export_status(export: Export, status: Export.Status, **values: Any) -> None:
    Export.objects.filter(pk=export.pk, status__in=Export.OPEN).update(status=status, **values)


def _clear_trouble(run: ExportRun) -> None:
    """A unit that went through shows that what was wrong is right again."""
    ExportRun.objects.filter(pk=run.pk).exclude(trouble_code="").update(
        next_attempt_at=None, **trouble()
    )
    Export.objects.filter(pk=run.export_id).exclude(trouble_code="").update(**trouble())
