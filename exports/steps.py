"""The three steps of a run: plan it, write one unit of it, finish it.

Each is given a row, the claim on it and the heartbeat that keeps the claim; each may be repeated.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from io import BytesIO
from typing import Any

from django.db import transaction
from django.utils import timezone

from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.core.faults import error
from clevertap_partners.core.lease import Heartbeat, Lease
from clevertap_partners.core.objects import ObjectExists
from clevertap_partners.core.trouble import trouble
from clevertap_partners.eventstore.merge import LakeUnsorted
from exports import alerts, faults
from exports.incidents import incident_close
from exports.ledger import OrmLedger
from exports.models import Content, Export, ExportRun, ExportUnit, Incident
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
from exports.recurrence import window_open
from exports.selectors import encode_options, wanted_names
from integrations.services import connection_open_sink


def plan_run(run: ExportRun, lease: Lease, heartbeat: Heartbeat) -> None:
    """Pin what the export wants by now, the lake's version and the properties; lay down units."""
    export = run.export
    content = pin_content(run)
    scope = plan_profiles(run) if export.is_of_profiles else plan_events(run)
    heartbeat.check()
    with transaction.atomic():
        lease.release(
            status=ExportRun.Status.RUNNING,
            **content,
            time_zone=export.account.time_zone,
            store_version=scope.store_version,
            since_version=scope.since_version,
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
        _set_export_status(export, Export.Status.RUNNING, last_run_timestamp=int(time.time()))
        alerts.run_started(run)


def pin_content(run: ExportRun) -> dict[str, Any]:
    """Take over what the export says at this moment; the values, for the row."""
    names = [field.attname for field in Content._meta.local_fields]
    content = {name: getattr(run.export, name) for name in names}
    for name, value in content.items():
        setattr(run, name, value)
    return content


def run_unit(unit: ExportUnit, lease: Lease, heartbeat: Heartbeat) -> None:
    """Write the files of one event day, or of one part of the people."""
    run = unit.run
    try:
        result = pipeline.run_unit(
            unit_plan(unit),
            source=open_source(unit),
            sink=open_sink(run),
            ledger=OrmLedger(unit, lease),
            scratch_dir=scratch_dir(),
            still_ours=heartbeat.check,
        )
    except LakeUnsorted as unsorted:
        raise error(faults.LAKE_UNSORTED) from unsorted
    if not unit.rows_counted == result.rows_read == result.rows_written:
        raise error(
            faults.ROWS_DO_NOT_ADD_UP,
            counted=unit.rows_counted,
            read=result.rows_read,
            written=result.rows_written,
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
    sink = open_sink(run)
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
        generation = _write_manifest(run, files, sink) if run.options["manifest"] else None
    except NameTaken:
        lease.update(reconciliation=None)
        raise
    with transaction.atomic():
        lease.release(
            status=ExportRun.Status.DONE,
            finished_at=timezone.now(),
            manifest_generation=generation,
            files_delivered=len(files),
            bytes_delivered=sum(file.bytes for file in files),
            attempts=0,
            next_attempt_at=None,
            **trouble(),
        )
        rests = Export.Status.PENDING if export.is_recurring else Export.Status.DONE
        _set_export_status(export, rests)
        incident_close(export=export, outcome=Incident.Outcome.RECOVERED)
        alerts.run_ended(run)
    window_open(export_id=export.pk)


def unit_plan(unit: ExportUnit) -> UnitPlan:
    run = unit.run
    return UnitPlan(
        files=unit_files(unit),
        records=from_json(run.records),
        format_key=run.format,
        options=encode_options(run),
        max_bytes=run.options["max_bytes"],
    )


def unit_files(unit: ExportUnit) -> EventFiles | ProfileFiles:
    run = unit.run
    if unit.event_day is None:
        ending = profile_ending(run.format)
        return ProfileFiles(run=run_names(run), part=unit.part, ending=ending)
    return EventFiles(
        run=run_names(run),
        day=unit.event_day,
        extension=file_extension(run.format, encode_options(run)),
        slugs=run.slugs,
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
    version, since = int(run.store_version or 0), run.since_version
    if unit.event_day is None:
        return partial(open_profiles(export).scan, version=version, since=since, shard=unit.part)
    return partial(
        open_events(export).scan,
        version=version,
        since=since,
        day=unit.event_day,
        event_names=wanted_names(run),
    )


def open_sink(run: ExportRun) -> Sink:
    """The run's bucket. Raises PermanentError when plan or connection no longer allow it."""
    if run.connection is None:
        raise error(faults.CONNECTION_GONE, nickname=run.bucket_nickname)
    return connection_open_sink(connection=run.connection)


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
    except ObjectExists as exists:
        # The ledger is complete, so the content is the same in every attempt.
        announced = run.reconciliation is not None
        stored = recognise(new, sink, repeated=announced or exists.after_try)
    return stored.generation or None


def _about(run: ExportRun) -> dict[str, Any]:
    export = run.export
    return {
        "account_id": export.account_id,
        "partner": export.partner,
        "bucket": run.bucket_name,
        "type": export.type,
        "event_names": run.event_names or None,
        "first_day": run.first_day.isoformat() if run.first_day else None,
        "last_day": run.last_day.isoformat() if run.last_day else None,
        "time_zone": run.time_zone,
        "format": run.format,
        "options": run.options,
        "since_version": run.since_version,
        "store_version": run.store_version,
        "rows_counted": run.rows_counted,
        "previous_manifest": _previous_manifest(run),
    }


def _previous_manifest(run: ExportRun) -> str | None:
    """The name of the one that this run goes on from: a chain without a gap."""
    done = run.export.runs.filter(status=ExportRun.Status.DONE, options__manifest=True)
    before = done.filter(pk__lt=run.pk).order_by("-pk").first()
    return run_names(before).manifest if before else None


def _set_export_status(export: Export, status: Export.Status, **besides: int) -> None:
    """Raises LeaseLost when the export was stopped meanwhile: then this comes too late."""
    open_exports = Export.objects.filter(pk=export.pk, status__in=Export.OPEN)
    if not open_exports.update(status=status, **besides, **trouble()):
        raise LeaseLost(f"Export {export} was stopped.")


def _clear_trouble(run: ExportRun) -> None:
    """A unit that went through shows that what was wrong is right again."""
    ExportRun.objects.filter(pk=run.pk).exclude(trouble_code="").update(
        next_attempt_at=None, **trouble()
    )
    Export.objects.filter(pk=run.export_id).exclude(trouble_code="").update(**trouble())
