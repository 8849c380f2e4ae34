"""What happens to a failure that nobody mends: a second letter, then the export is stopped.

The clock runs from when a letter has gone out, not from when it was written. While the mail server
is down nobody is stopped without having been warned. A letter that was given up, or that had nobody
to go to, counts as gone out, so that no export fails for ever.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from itertools import islice

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from clevertap_partners.core.errors import Turn
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.selectors import mails_by_key
from exports.incident_mails import DAY, FIRST, LAST, SECOND, key, say_stopped, warn
from exports.incidents import incident_close
from exports.models import Export, ExportRun, ExportUnit, Incident
from exports.services import export_stop

log = structlog.get_logger(__name__)

LOOKED_AT_TOGETHER = 200
# Attempts come every hour.
LATELY = datetime.timedelta(minutes=90)


def incidents_tick() -> None:
    """A scheduler tick: take every failure further whose time has come."""
    now = timezone.now()
    waiting = iter(failing(now).filter(opened_at__lte=now - DAY).order_by("pk"))
    while some := list(islice(waiting, LOOKED_AT_TOGETHER)):
        letters = letters_of(some)
        for incident in some:
            if next_letter(incident, letters, now):
                go_further(incident, now)


def failing(now: datetime.datetime) -> QuerySet[Incident]:
    """Open incidents of exports that cannot go on until the customer acts, as far as is known.

    Known is what an attempt has met just now: not while one is under way, nor while none is made.
    """
    held = Q(lease_until__gt=now)
    units = ExportUnit.objects.filter(held, run__export=OuterRef("export"))
    runs = ExportRun.objects.filter(held, export=OuterRef("export"))
    return Incident.objects.filter(
        ~Exists(units),
        ~Exists(runs),
        closed_at=None,
        last_met_at__gte=now - LATELY,
        export__status__in=Export.OPEN,
        export__trouble_turn=Turn.CUSTOMER,
    ).select_related("export__account")


def letters_of(incidents: list[Incident]) -> dict[str, Mail]:
    keys = [key(incident, letter) for incident in incidents for letter in (FIRST, SECOND)]
    return mails_by_key(keys=keys)


def next_letter(
    incident: Incident, letters: Mapping[str, Mail], now: datetime.datetime
) -> int | None:
    """Which letter is due now, if any."""
    first, second = (letters.get(key(incident, letter)) for letter in (FIRST, SECOND))
    if first is None:
        return FIRST
    if first.out_at is None or now < first.out_at + DAY:
        return None
    if second is None:
        return SECOND
    if second.out_at is None or now < max(first.out_at + 2 * DAY, second.out_at + DAY):
        return None
    return LAST


def go_further(seen: Incident, now: datetime.datetime) -> None:
    """Write the letter that is due, once however many schedulers tick, unless it all changed."""
    with transaction.atomic():
        lock(seen.export)
        incident = failing(now).filter(pk=seen.pk).first()
        if incident is None:
            return
        letter = next_letter(incident, letters_of([incident]), now)
        if letter == LAST:
            stop(incident)
        elif letter:
            warn(incident, letter, now=now)


def lock(export: Export) -> None:
    """Runs before exports, as workers do, so that two cannot wait for each other."""
    runs = ExportRun.objects.filter(export=export, status__in=Export.OPEN)
    list(runs.select_for_update().values_list("pk"))
    list(Export.objects.filter(pk=export.pk).select_for_update().values_list("pk"))


def stop(incident: Incident) -> None:
    """The last letter is about a stop that has happened: both are one transaction."""
    export = incident.export
    reason = f"It went on failing after two letters about it. {incident.message}"
    incident_close(export=export, outcome=Incident.Outcome.STOPPED)
    if export_stop(export=export, actor=None, reason=reason):
        say_stopped(incident)
        log.info("export_stopped_for_failing", export=export.request_id, code=incident.code)
