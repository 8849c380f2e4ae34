"""What the scheduler asks of imports, again and again."""

from __future__ import annotations

import zoneinfo

import structlog
from django.db import transaction
from django.utils import timezone

from clevertap_partners.core import queue
from imports.models import Import, ImportRun
from imports.runs import WORK_TASK, run_open_or_queue, settle
from imports.schedule import next_slot
from imports.waiting import imports_due, steps_waiting

log = structlog.get_logger(__name__)

# A tick opens this many runs at most: each is a short transaction of its own.
SLOTS_A_TICK = 200
# More rings than workers are of no use: a worker goes on until nothing waits.
RINGS_AT_ONCE = 8


def slots_tick() -> None:
    """Open the run of each import whose slot has come. Several at once do no harm."""
    for pk in imports_due().values_list("pk", flat=True)[:SLOTS_A_TICK]:
        try:
            slot_open(import_id=pk)
        except (ValueError, KeyError, zoneinfo.ZoneInfoNotFoundError) as error:
            # A schedule that cannot be told must not hold up those of all others.
            log.error("slot_not_opened", import_pk=pk, error=str(error))


def slot_open(*, import_id: int) -> ImportRun | None:
    """The run of the slot that has come; None when none has, or when it waits for another's end.

    One run reads whatever has come by then: slots that were missed need none of their own.
    """
    now = timezone.now()
    with transaction.atomic():
        item = (
            Import.objects.select_for_update(of=("self",))
            .select_related("account")
            .get(pk=import_id)
        )
        if item.status not in Import.ACTIVE or item.next_run_at is None or item.next_run_at > now:
            return None
        item.next_run_at = next_slot(item.frequency, item.schedule, item.account.zone, after=now)
        item.save(update_fields=["next_run_at"])
        run = run_open_or_queue(item=item, trigger=ImportRun.Trigger.SCHEDULE)
        settle(item)
    log.info("slot_opened", import_pk=import_id, queued=run is None)
    return run


def imports_tick() -> None:
    """Ring as often as there is work that nobody holds: lost rings and lost workers end here."""
    missing = min(steps_waiting(), RINGS_AT_ONCE) - queue.waiting()
    for _ in range(missing):
        queue.ring(WORK_TASK)
