"""Where RQ comes in. No arguments: what is to be sent is in the database."""

from __future__ import annotations

from clevertap_partners.mail.sending import mails_send


def send() -> None:
    mails_send()
