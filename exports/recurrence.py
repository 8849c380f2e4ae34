"""Windows of recurring exports: one run for each slot, one at a time, none left out.

A slot that has come gets its run when nothing of the export is under way. So after an outage the
slots that were missed follow each other in order, and each run sends what had arrived by its slot.
"""

from __future__ import annotations

import datetime
import zoneinfo

import structlog
from django.db import transaction
from django.utils import timezone

from exports.models import Export, ExportRun
from exports.runs import run_create
from exports.schedule import Schedule
from exports.selectors import exports_due

log = structlog.get_logger(__name__)

# A tick opens this many windows at most: each is a short transaction of its own.
WINDOWS_A_TICK = 200


def windows_tick() -> None:
    """Open the window of each recurring export that is due. Several at once do no harm."""
    for pk in exports_due().values_list("pk", flat=True)[:WINDOWS_A_TICK]:
        try:
            window_open(export_id=pk)
        except (ValueError, zoneinfo.ZoneInfoNotFoundError) as error:
            # A schedule that cannot be told must not hold up those of all others.
            log.error("window_not_opened", export_pk=pk, error=str(error))


def window_open(*, export_id: int) -> ExportRun | None:
    """The run of the slot that has come; None when none has, or when a run is under way."""
    now = timezone.now()
    with transaction.atomic():
        export = Export.objects.select_for_update().get(pk=export_id)
        slot = export.next_run_at
        if not export.is_open or slot is None or slot > now or has_open_run(export):
            return None
        run = run_create(export=export, window=window_name(slot), due_at=slot)
        export.next_run_at = schedule_of(export).next_after(slot)
        export.save(update_fields=["next_run_at", "updated_at"])
    log.info("window_opened", export=export.request_id, window=run.window)
    return run


def window_open_now(*, export_id: int) -> ExportRun | None:
    """A run out of turn, of all that has arrived by now; the slots stay as they are.

    None when a run is under way already, the export has ended, or its start is still to come.
    """
    now = timezone.now()
    with transaction.atomic():
        export = Export.objects.select_for_update().get(pk=export_id)
        if not export.is_open or has_open_run(export) or not has_started(export, now):
            return None
        return run_create(export=export, window=f"now {window_name(now, 'auto')}", due_at=now)


def first_slot(*, starts_at: datetime.datetime, now: datetime.datetime) -> datetime.datetime:
    """When a new recurring export runs first: at its start, at once when that is over."""
    return max(starts_at, now)


def schedule_of(export: Export) -> Schedule:
    """Raises ValueError for an export that does not recur."""
    if export.starts_at is None or export.interval_hours is None:
        raise ValueError(f"Export {export} has no schedule.")
    return Schedule(export.starts_at, export.interval_hours, export.account.zone)


def has_started(export: Export, now: datetime.datetime) -> bool:
    """False before the start of a recurring export, and for one that does not recur."""
    return export.starts_at is not None and export.starts_at <= now


def has_open_run(export: Export) -> bool:
    return export.runs.filter(status__in=Export.OPEN).exists()


def window_name(slot: datetime.datetime, timespec: str = "seconds") -> str:
    return slot.astimezone(datetime.UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
