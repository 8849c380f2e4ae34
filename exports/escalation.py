"""What happens to a failure that nobody mends: a second letter, then the export is stopped.

The clock runs from when somebody got a letter, not from when it was written: nobody is stopped
without having been warned. A warning that reached nobody is sent again every day. Only where there
is nobody to warn, no creator and no Admin, it counts as gone out.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from itertools import islice

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from clevertap_partners.core.errors import Turn
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.selectors import mails_by_key
from exports.incident_mails import DAY, FIRST, LAST, SECOND, key, say_stopped, warn, warn_again
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
            elif lost := lost_letter(incident, letters, now):
                warn_again(incident, lost)


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
    first_out = went_out(first)
    if first_out is None or now < first_out + DAY:
        return None
    if second is None:
        return SECOND
    second_out = went_out(second)
    if second_out is None or now < max(first_out + 2 * DAY, second_out + DAY):
        return None
    return LAST


def went_out(letter: Mail) -> datetime.datetime | None:
    """When somebody got it. What has nobody to go to is out as soon as that is known."""
    return letter.sent_at or (None if letter.recipients else letter.given_up_at)


def lost_letter(
    incident: Incident, letters: Mapping[str, Mail], now: datetime.datetime
) -> int | None:
    """A warning that was given up a day ago without having reached anybody."""
    for number in (FIRST, SECOND):
        letter = letters.get(key(incident, number))
        if letter and not went_out(letter) and (given_up := letter.given_up_at):
            return number if given_up <= now - DAY else None
    return None


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
    text = gettext_noop("It went on failing after two letters about it. {message}")
    reason = text.format(message=incident.message)
    incident_close(export=export, outcome=Incident.Outcome.STOPPED)
    if export_stop(export=export, actor=None, reason=reason):
        say_stopped(incident)
        log.info("export_stopped_for_failing", export=export.request_id, code=incident.code)
