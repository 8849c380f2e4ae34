"""What puts mail into the outbox and takes it back. Sending is a worker's part: `sending.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from django.db.models import F
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import free
from clevertap_partners.core.queue import ring, waiting
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.rendering import letter
from clevertap_partners.mail.selectors import mails_due

log = structlog.get_logger(__name__)

TASK = "clevertap_partners.mail.tasks.send"
TIMEOUT_S = 300
# Sending takes moments, and the other queue may be busy with exports for an hour.
QUEUE = "high"


def mail_send(
    *,
    key: str,
    account: Account | None,
    recipients: Sequence[str],
    template: str,
    context: Mapping[str, Any],
) -> Mail:
    """Put a letter into the outbox, in the caller's transaction; a worker sends it afterwards.

    `key` names the letter for ever: asked for again, it is the one that exists. Without recipients
    it is kept as given up, so that whoever waits for it to go out does not wait for ever.
    """
    if mail := Mail.objects.filter(key=key).first():
        return mail
    written = letter(template, context)
    people = list(dict.fromkeys(recipients))
    mail, created = Mail.objects.get_or_create(
        key=key,
        defaults={
            "account": account,
            "recipients": people,
            "left": people,
            "subject": written.subject,
            "text": written.text,
            "html": written.html,
            **({} if people else given_up("There was nobody to send it to.")),
        },
    )
    if created and people:
        ring_sender()
    elif created:
        log.warning("mail_without_recipient", key=key)
    return mail


def mails_withdraw(*, keys: Iterable[str], reason: str) -> int:
    """Take back letters of which no copy has gone out and none is on its way. Returns how many."""
    unsent = Mail.objects.filter(
        free(), key__in=list(keys), sent_at=None, given_up_at=None, copies_sent=0
    )
    return unsent.update(**given_up(reason), fence=F("fence") + 1)


def mails_tick() -> None:
    """A scheduler tick: ring again for mail that is due, once all rings were heard."""
    if mails_due().exists() and not waiting(QUEUE):
        ring_sender()


def ring_sender() -> None:
    ring(TASK, queue=QUEUE, timeout_s=TIMEOUT_S)


def given_up(reason: str) -> dict[str, Any]:
    """Field values of a letter that nobody tries to send any more."""
    return {"given_up_at": timezone.now(), "next_attempt_at": None, "last_error": reason}
