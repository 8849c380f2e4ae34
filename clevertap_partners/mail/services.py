"""What puts mail into the outbox and takes it back. Sending is a worker's part: `sending.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import structlog
from django.db.models import F
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import free
from clevertap_partners.core.queue import ring, waiting
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.people import language_for
from clevertap_partners.mail.rendering import letter
from clevertap_partners.mail.selectors import mails_due

log = structlog.get_logger(__name__)

TASK = "clevertap_partners.mail.tasks.send"
TIMEOUT_S = 300
NOBODY = "There was nobody to send it to."
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

    It is in the language that all its recipients share. The words in `context` are English.

    `key` names the letter for ever: asked for again, it is the one that exists. Without recipients
    it is kept as given up, so that whoever waits for it to go out does not wait for ever.
    """
    if mail := Mail.objects.filter(key=key).first():
        return mail
    people = list(dict.fromkeys(recipients))
    language = language_for(account, people)
    written = letter(template, context, language=language)
    mail, created = Mail.objects.get_or_create(
        key=key,
        defaults={
            "account": account,
            "recipients": people,
            "left": people,
            "template": template,
            "context": dict(context),
            "language": language,
            **asdict(written),
            **({} if people else given_up(NOBODY)),
        },
    )
    if created and people:
        ring_sender()
    elif created:
        note_nobody(mail, NOBODY)
    return mail


def readdressed(mail: Mail, people: list[str], *, why: str) -> dict[str, Any]:
    """Field values of a letter that goes to others now, and tells them `why` in their language."""
    words: dict[str, Any] = {}
    if mail.template:
        context = {**mail.context, "why": why}
        language = language_for(mail.account, people)
        written = letter(mail.template, context, language=language)
        words = {"context": context, "language": language, **asdict(written)}
    now = timezone.now()
    return {
        **words,
        "recipients": list(dict.fromkeys([*mail.recipients, *people])),
        "left": people,
        "attempts": 0,
        "tried_since": now,
        "next_attempt_at": now,
    }


def mail_try_again(*, key: str, recipients: Sequence[str], why: str) -> bool:
    """Send a letter that reached nobody once more, to those who can be told now.

    False when it is under way, somebody has it, or there is nobody.
    """
    people = list(dict.fromkeys(recipients))
    unread = Mail.objects.filter(key=key, sent_at=None, given_up_at__isnull=False)
    mail = unread.first() if people else None
    if mail is None:
        return False
    if not unread.update(**readdressed(mail, people, why=why), given_up_at=None):
        return False
    ring_sender()
    return True


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


def note_nobody(mail: Mail, reason: str) -> None:
    """For operators: somebody has to be told by other means."""
    log.error("mail_reached_nobody", key=mail.key, account_id=mail.account_id, reason=reason)


def given_up(reason: str) -> dict[str, Any]:
    """Field values of a letter that nobody tries to send any more."""
    return {"given_up_at": timezone.now(), "next_attempt_at": None, "last_error": reason}
