"""[pure] What a mail server's refusal is about: a recipient's mailbox, or us.

Only what is surely about the mailbox is final for its owner. All else, such as a relay that does
not let us through or takes us for junk, may be mended on our side, so it is tried again.
"""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass

# RFC 3463: 5.1 is about addresses and 5.2 about mailboxes; these two are about the sender's.
_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}(?!\d)")
_OF_MAILBOX = ("5.1.", "5.2.")
_OF_SENDER = ("5.1.7", "5.1.8")

# Of servers that give no such codes.
_MAILBOX_STATUSES = {550, 551, 552, 553}
_ABOUT_US = re.compile(
    r"relay|rcpthosts|sender|authenti|log.?in|sign.?in|block|black.?list|reputation|spam|policy",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Answer:
    """What the server said. The text may hold addresses: it is looked at and never kept."""

    status: int
    text: str
    at_recipient: bool


def answer_of(refusal: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> Answer:
    if isinstance(refusal, smtplib.SMTPDataError):
        return Answer(int(refusal.smtp_code), _text(refusal.smtp_error), at_recipient=False)
    status, text = max(refusal.recipients.values(), key=lambda answer: answer[0])
    return Answer(int(status), _text(text), at_recipient=True)


def is_about_mailbox(answer: Answer) -> bool:
    """Whether this recipient gets no letter of ours, however often we try."""
    if answer.status < 500:
        return False
    if found := _ENHANCED.match(answer.text):
        return found[0].startswith(_OF_MAILBOX) and found[0] not in _OF_SENDER
    about_us = _ABOUT_US.search(answer.text)
    return answer.at_recipient and answer.status in _MAILBOX_STATUSES and not about_us


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said
