"""Sends what is due over SMTP. May run any number of times at once: a lease keeps each apart.

A worker that dies between the server's answer and the note sends that copy again. Both carry the
same Message-ID, by which a receiver knows that it has the letter already.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import smtplib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone
from django.utils.translation import gettext_noop

from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.core.lease import Heartbeat, Lease, claim
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.people import admins_of, still_members
from clevertap_partners.mail.refusals import Answer, answer_of, is_about_mailbox
from clevertap_partners.mail.selectors import mails_due
from clevertap_partners.mail.services import given_up, note_nobody, readdressed, ring_sender

log = structlog.get_logger(__name__)

GIVE_UP_AFTER = datetime.timedelta(days=3)
FIRST_PAUSE = datetime.timedelta(minutes=1)
LONGEST_PAUSE = datetime.timedelta(hours=1)
# More than fit into three days: whatever ends a worker this often would do so for ever.
ATTEMPTS = 100
# A job leaves what then remains to the next one, well before RQ would end it.
JOB_S = 60.0

NOT_REACHED = "The mail server could not be reached, or broke off."
REFUSED_FOR_GOOD = "The mail server says that a recipient's mailbox takes no letters (status {})."
REFUSED_FOR_NOW = "The mail server asks us to try later (status {})."
REFUSED_US = "The mail server refuses our sender address, our sign-in or our letters (status {})."
NOT_WRITABLE = "An address or the letter cannot be written as e-mail."
HAS_LEFT = "A recipient has left the account."
BY_NOBODY = "It was begun many times and never came to an end."
TO_ADMINS = "It goes to the account's Admins instead."
WHY_ADMINS = gettext_noop(
    "you are an Admin of the account, and this letter could not be delivered to whom it was for"
)


class ServerTrouble(Exception):
    """The mail server takes nothing from us now; the message says why, without addresses."""


def mails_send() -> None:
    """Send what is due until nothing is, or the mail server is in trouble."""
    ends_at = time.monotonic() + JOB_S
    while mail := mails_due().first():
        if time.monotonic() > ends_at:
            ring_sender()
            return
        lease = claim(mail)
        if lease is not None and not sent_or_noted(mail, lease):
            spare_the_server()
            return


def spare_the_server() -> None:
    """What is due now would meet the same trouble and keep workers busy with it."""
    mails_due().update(next_attempt_at=timezone.now() + FIRST_PAUSE)


@dataclass
class Attempt:
    """How it went. `left` have yet to get their copy; `later` shall get it at the next attempt."""

    left: list[str]
    sent: int
    later: list[str] = field(default_factory=list)
    error: str = ""
    server_trouble: bool = False


def sent_or_noted(mail: Mail, lease: Lease) -> bool:
    """Carry out one attempt and note how it went. False when the server is in trouble."""
    attempt = Attempt(left=list(mail.left), sent=mail.copies_sent)
    if mail.attempts >= ATTEMPTS:
        attempt.error = BY_NOBODY
        lease.release(**ended(mail, attempt))
        return True
    try:
        # Noted first, so that an attempt that ends a worker is paused for and counted as well.
        lease.update(attempts=mail.attempts + 1, next_attempt_at=next_attempt(mail))
        with Heartbeat(lease) as heartbeat:
            hand_over(mail, attempt, lease, heartbeat)
        lease.release(**verdict(mail, attempt))
    except LeaseLost:
        log.warning("mail_lost", key=mail.key)
        return True
    log.info("mail_attempted", key=mail.key, sent=attempt.sent, left=len(attempt.left))
    return not attempt.server_trouble


def hand_over(mail: Mail, attempt: Attempt, lease: Lease, heartbeat: Heartbeat) -> None:
    """A copy to each who is left; each is noted before the next, so that a crash repeats one."""
    skip_who_has_left(mail, attempt)
    if not attempt.left:
        return
    try:
        with server() as connection:
            for address in list(attempt.left):
                heartbeat.check()
                copy_to(mail, address, connection, attempt)
                lease.update(left=attempt.left + attempt.later, copies_sent=attempt.sent)
    except ServerTrouble as trouble:
        attempt.error = str(trouble)
        attempt.server_trouble = True
    attempt.left += attempt.later


def skip_who_has_left(mail: Mail, attempt: Attempt) -> None:
    """What an account's exports do is no business of people who have left it meanwhile."""
    members = still_members(mail.account, attempt.left)
    if len(members) < len(attempt.left):
        attempt.left = [address for address in attempt.left if address in members]
        attempt.error = HAS_LEFT


def copy_to(mail: Mail, address: str, connection: Any, attempt: Attempt) -> None:
    """One copy to one person. Raises ServerTrouble when nobody else's would go either."""
    try:
        message_for(mail, address, connection).send()
        attempt.sent += 1
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refusal:
        answer = answer_of(refusal)
        if not is_about_mailbox(answer):
            attempt.later.append(address)
        attempt.error = words_for(answer)
    except (ValueError, smtplib.SMTPNotSupportedError):
        attempt.error = NOT_WRITABLE
    attempt.left.remove(address)


@contextlib.contextmanager
def server() -> Iterator[Any]:
    """A connection to the mail server. Raises ServerTrouble, at its start or from within."""
    connection = get_connection()
    try:
        connection.open()
        yield connection
    except smtplib.SMTPResponseException as error:
        raise ServerTrouble(REFUSED_US.format(error.smtp_code)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ServerTrouble(NOT_REACHED) from error
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            connection.close()


def message_for(mail: Mail, address: str, connection: Any) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        to=[address],
        connection=connection,
        headers={"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def message_id(mail: Mail) -> str:
    """The same for every copy and every attempt of this row, and nobody else's."""
    named = hashlib.sha256(f"{mail.key} {mail.created_at.isoformat()}".encode()).hexdigest()[:40]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{named}@{domain or 'localhost'}>"


def words_for(answer: Answer) -> str:
    if answer.status < 500:
        return REFUSED_FOR_NOW.format(answer.status)
    words = REFUSED_FOR_GOOD if is_about_mailbox(answer) else REFUSED_US
    return words.format(answer.status)


def verdict(mail: Mail, attempt: Attempt) -> dict[str, Any]:
    """Field values after an attempt: sent, given up, to be tried again, or to go to Admins."""
    noted = {"left": attempt.left, "copies_sent": attempt.sent, "last_error": attempt.error}
    too_old = timezone.now() - mail.tried_since >= GIVE_UP_AFTER
    if attempt.left and not too_old:
        return noted
    # A server that takes nothing takes nothing for Admins either.
    if not (attempt.sent or attempt.server_trouble) and (admins := other_admins(mail)):
        error = f"{attempt.error} {TO_ADMINS}"
        return {**noted, "last_error": error, **readdressed(mail, admins, why=WHY_ADMINS)}
    return {**noted, **ended(mail, attempt)}


def ended(mail: Mail, attempt: Attempt) -> dict[str, Any]:
    """Nothing more is tried: somebody has it, or nobody."""
    if attempt.sent:
        now = timezone.now()
        return {"sent_at": now, "next_attempt_at": None, "last_error": attempt.error}
    note_nobody(mail, attempt.error)
    return given_up(attempt.error)


def other_admins(mail: Mail) -> list[str]:
    if mail.account_id is None:
        return []
    return [address for address in admins_of(mail.account_id) if address not in mail.recipients]


def next_attempt(mail: Mail) -> datetime.datetime:
    return timezone.now() + min(FIRST_PAUSE * (1 << min(mail.attempts, 10)), LONGEST_PAUSE)
