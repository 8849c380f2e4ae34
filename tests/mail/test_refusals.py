"""What a refusal is about decides whether anybody tries again."""

from __future__ import annotations

import smtplib

import pytest

from clevertap_partners.mail.refusals import answer_of, is_about_mailbox


def at_recipient(said: str) -> smtplib.SMTPRecipientsRefused:
    status, _, text = said.partition(" ")
    return smtplib.SMTPRecipientsRefused({"ann@example.com": (int(status), text.encode())})


def at_data(said: str) -> smtplib.SMTPDataError:
    status, _, text = said.partition(" ")
    return smtplib.SMTPDataError(int(status), text.encode())


@pytest.mark.parametrize(
    "said",
    [
        "550 5.1.1 <ann@example.com>: Recipient address rejected: User unknown",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound",
        "553 5.1.3 Invalid address",
        "552 5.2.2 Mailbox full",
        "554 5.2.1 Mailbox disabled",
        "550 no such mailbox",
        "551 User not local",
        "552 Mailbox full",
        "553 mailbox name not allowed",
    ],
)
def test_what_is_about_the_mailbox_is_final(said: str) -> None:
    assert is_about_mailbox(answer_of(at_recipient(said)))


@pytest.mark.parametrize(
    "said",
    [
        "450 4.2.1 try again",
        "421 4.7.0 too many",
        "554 5.7.1 <ann@example.com>: Relay access denied",
        "550 5.7.1 Unable to relay",
        "550 5.7.26 Unauthenticated mail",
        "530 5.7.0 Must issue a STARTTLS command first",
        "530 Authentication required",
        "535 Bad credentials",
        "553 5.7.1 Sender address rejected: not owned by user",
        "553 sorry, that domain is not in my list of allowed rcpthosts",
        "553 5.1.8 Sender address rejected",
        "553 your sender address is not known",
        "550 Relaying denied",
        "550 Blocked, see our list",
        "554 Relay access denied",
        "554 Transaction failed",
        "550 5.4.1 Recipient address rejected: Access denied",
        "552 5.3.4 Message too big",
    ],
)
def test_what_may_be_about_us_is_not(said: str) -> None:
    assert not is_about_mailbox(answer_of(at_recipient(said)))


@pytest.mark.parametrize(
    ("said", "is_final"),
    [
        ("550 5.1.1 User unknown", True),
        ("552 5.2.2 Mailbox full", True),
        ("550 looks like junk", False),
        ("554 5.7.1 looks like junk", False),
        ("451 later", False),
    ],
)
def test_of_refused_letters_only_what_names_the_mailbox_is_final(said: str, is_final: bool) -> None:
    assert is_about_mailbox(answer_of(at_data(said))) is is_final
