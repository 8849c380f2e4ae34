"""Failures that the customer has to mend: opened, told by mail, closed.

Called in the transaction that changes the export, so that state and letters agree. What happens as
days go by is in `escalation.py`.
"""

from __future__ import annotations

import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from clevertap_partners.core.errors import PartnersError, PermanentError, Turn
from clevertap_partners.mail.selectors import mails_by_key
from clevertap_partners.mail.services import mails_withdraw
from exports.incident_mails import FIRST, SECOND, key, say_recovered, warn
from exports.models import Export, Incident

# Several of the hourly attempts.
LAPSE = datetime.timedelta(hours=6)

log = structlog.get_logger(__name__)


@transaction.atomic
def incident_note(*, export: Export, error: PartnersError) -> Incident | None:
    """Open an incident and write the first letter, or give the open one the present words.

    None for what mends itself or is ours to mend: that mails nobody.
    """
    if not (isinstance(error, PermanentError) and error.turn is Turn.CUSTOMER):
        return None
    now = timezone.now()
    words: dict[str, object] = {
        name: str(getattr(error, name)) for name in ("code", "fix", "remedy", "help_url")
    }
    words |= {"message": error.message, "last_met_at": now}
    _let_lapse(export, now)
    incident, opened = Incident.objects.get_or_create(
        export=export, closed_at=None, defaults={"opened_at": now, **words}
    )
    if not opened:
        Incident.objects.filter(pk=incident.pk).update(**words)
        incident.refresh_from_db()
        return incident
    warn(incident, FIRST, now=incident.opened_at)
    log.info("incident_opened", export=export.request_id, code=error.code)
    return incident


def _let_lapse(export: Export, now: datetime.datetime) -> None:
    """A failure that attempts have not met for long is over, even if another kept the export back.

    Otherwise the next one would go on with its count, and stop the export unwarned.
    """
    earlier = Incident.objects.filter(export=export, closed_at=None, last_met_at__lt=now - LAPSE)
    if earlier.exists():
        incident_close(export=export, outcome=Incident.Outcome.LAPSED)


@transaction.atomic
def incident_close(*, export: Export, outcome: str) -> Incident | None:
    """End the open incident, if there is one. After a recovery, one letter gives the all-clear.

    Warnings that have not gone out yet are taken back: they would arrive as old news.
    """
    incident = Incident.objects.filter(export=export, closed_at=None).first()
    if incident is None:
        return None
    now = timezone.now()
    still_open = Incident.objects.filter(pk=incident.pk, closed_at=None)
    if not still_open.update(closed_at=now, outcome=outcome):
        return None
    incident.closed_at, incident.outcome = now, outcome
    warnings = [key(incident, letter) for letter in (FIRST, SECOND)]
    mails_withdraw(keys=warnings, reason="The failure ended before the letter went out.")
    if outcome == Incident.Outcome.RECOVERED and mails_by_key(keys=warnings):
        say_recovered(incident)
    log.info("incident_closed", export=export.request_id, outcome=str(outcome))
    return incident
