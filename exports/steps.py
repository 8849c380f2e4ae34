"""The three steps of a run: plan it, write one day of it, finish it.

Each is given a row, the claim on it and the heartbeat that keeps the claim; each may be repeated.
"""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.lease import Heartbeat, Lease
from clevertap_partners.core.objects import ObjectExists
from clevertap_partners.eventstore.lake import events_uri
from clevertap_partners.eventstore.merge import LakeUnsorted
from clevertap_partners.eventstore.reader import EngineLimits, EventReader
from clevertap_partners.eventstore.selectors import catalogued_version
from exports.ledger import OrmLedger
from exports.models import Export, ExportRun, ExportUnit, trouble
from exports.pipeline import manifest as manifests
from exports.pipeline import run as pipeline
from exports.pipeline.encode import FORMATS
from exports.pipeline.naming import RunNames, event_slugs
from exports.pipeline.plan import UnitPlan, plan_days
from exports.pipeline.reconcile import reconcile
from exports.pipeline.upload import NameTaken, Sink, recognise
from exports.selectors import encode_options, wanted_names
from integrations.services import connection_open_sink


def plan_run(run: ExportRun, lease: Lease, heartbeat: Heartbeat) -> None:
    """Pin the lake's version and lay down one unit for each day that has events."""
    export = run.export
    reader = open_reader(export)
    # In this order: whatever the catalogue knows, the lake has held before.
    known = catalogued_version(account=export.account)
    version = reader.version()
    if (version or 0) < known:
        raise _lake_incomplete()
    counts = []
    if version is not None:
        counts = reader.counts(
            version=version,
            first_day=export.first_day,
            last_day=export.last_day,
            event_names=wanted_names(export),
        )
    days = plan_days(counts)
    heartbeat.check()
    with transaction.atomic():
        lease.release(
            status=ExportRun.Status.RUNNING,
            store_version=version,
            slugs=event_slugs(count.event_name for count in counts),
            rows_counted=sum(day.rows for day in days),
            started_at=timezone.now(),
            attempts=0,
            next_attempt_at=None,
            **trouble(),
        )
        ExportUnit.objects.bulk_create(
            ExportUnit(run=run, event_day=day.event_day, rows_counted=day.rows) for day in days
        )
        _set_export_status(export, Export.Status.RUNNING, **trouble())


def run_unit(unit: ExportUnit, lease: Lease, heartbeat: Heartbeat) -> None:
    """Write the files of one event day."""
    run, export = unit.run, unit.run.export
    try:
        result = pipeline.run_unit(
            unit_plan(unit),
            source=open_reader(export),
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
            f"{unit.event_day}: {unit.rows_counted} events were counted, {result.rows_read} read "
            f"and {result.rows_written} written.",
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
    run, export = unit.run, unit.run.export
    return UnitPlan(
        names=run_names(run),
        store_version=int(run.store_version or 0),
        event_day=unit.event_day,
        event_names=wanted_names(export),
        format_key=export.format,
        options=encode_options(export),
        max_bytes=export.options["max_bytes"],
    )


def run_names(run: ExportRun) -> RunNames:
    export = run.export
    return RunNames(
        request_id=export.request_id,
        run_timestamp=run.run_timestamp,
        database_id=export.account.database_id,
        extension=FORMATS[export.format].extension,
        slugs=run.slugs,
    )


def open_reader(export: Export) -> EventReader:
    limits = EngineLimits(memory_mb=settings.ENGINE_MEMORY_MB, scratch_dir=scratch_dir())
    return EventReader(events_uri(export.account_id), limits)


def open_sink(export: Export) -> Sink:
    """The export's bucket. Raises PermanentError when plan or connection no longer allow it."""
    if export.connection is None:
        raise PermanentError(
            f"The bucket connection “{export.bucket_nickname}” was deleted.",
            code="connection_gone",
            fix="Stop this export and start a new one to a connected bucket.",
        )
    return connection_open_sink(connection=export.connection)


def scratch_dir() -> Path:
    path = Path(settings.SCRATCH_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


def manifest_files(run: ExportRun) -> list[manifests.ManifestFile]:
    return [
        manifests.ManifestFile(
            name=file.name,
            event_name=file.event_name,
            event_day=file.event_day.isoformat(),
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
        "first_day": export.first_day.isoformat(),
        "last_day": export.last_day.isoformat(),
        "time_zone": export.account.time_zone,
        "format": export.format,
        "options": export.options,
        "store_version": run.store_version,
        "rows_counted": run.rows_counted,
        "previous_manifest": None,
    }


def _lake_incomplete() -> PermanentError:
    return PermanentError(
        "The event store does not hold all the events that were loaded into it.",
        code="lake_incomplete",
        fix="Nothing was exported, so that nothing is missing unseen. The operator has to bring "
        "the event store back.",
    )


def _set_export_status(export: Export, status: Export.Status, **values: Any) -> None:
    Export.objects.filter(pk=export.pk, status__in=Export.OPEN).update(status=status, **values)


def _clear_trouble(run: ExportRun) -> None:
    """A unit that went through shows that what was wrong is right again."""
    ExportRun.objects.filter(pk=run.pk).exclude(trouble_code="").update(
        next_attempt_at=None, **trouble()
    )
    Export.objects.filter(pk=run.export_id).exclude(trouble_code="").update(**trouble())
