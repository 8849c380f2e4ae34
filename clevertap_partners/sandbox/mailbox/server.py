"""Receives mail on this machine only."""

from __future__ import annotations

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from clevertap_partners.sandbox.mailbox.store import Store

HOST = "127.0.0.1"
LETTER_MAX_BYTES = 1_000_000


class Keeper:
    """Takes every letter for anybody into the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(  # noqa: N802  (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self._store.add(
            envelope.original_content or b"",
            sender=envelope.mail_from or "",
            recipients=list(envelope.rcpt_tos),
        )
        return "250 Kept in the sandbox"


def mail_server(keeper: Keeper, *, port: int) -> Controller:
    """Not started yet: `start` and `stop` it. It runs in a thread of its own."""
    return Controller(keeper, hostname=HOST, port=port, data_size_limit=LETTER_MAX_BYTES)
