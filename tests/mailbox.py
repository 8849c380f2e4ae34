"""A real mail server for tests: the sandbox's own, which can also refuse, hang up and be away."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import LazySettings

from clevertap_partners.sandbox.mailbox.server import HOST, Keeper, mail_server
from clevertap_partners.sandbox.mailbox.store import Store
from clevertap_partners.sandbox.processes import free_port

# The server's own log names addresses; tests look for such in ours.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Scripted(Keeper):
    """Keeps every letter, but answers as a test wants."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.to_recipient: dict[str, str] = {}
        self.to_sender = ""
        self.to_letter = ""
        self.when_kept: Callable[[], object] = lambda: None

    async def handle_MAIL(  # noqa: N802  (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.to_sender:
            envelope.mail_from = address
        return self.to_sender or "250 OK"

    async def handle_RCPT(  # noqa: N802  (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.to_recipient.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.to_letter or await super().handle_DATA(server, session, envelope)
        self.when_kept()
        return answer


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder)
        self.port = free_port()
        self.server = Scripted(self.store)
        self._controller: Controller | None = None

    def up(self) -> None:
        self._controller = mail_server(self.server, port=self.port)
        self._controller.start()

    def down(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def letters(self) -> list[EmailMessage]:
        """What has arrived, the first one first."""
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def subjects(self) -> list[str]:
        return [letter["Subject"] for letter in self.letters()]


@pytest.fixture
def mailbox(tmp_path: Path, settings: LazySettings) -> Iterator[Mailbox]:
    """Settings send there, over SMTP; the sandbox's console shows what is in it."""
    box = Mailbox(tmp_path / "mail")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, box.port
    settings.SANDBOX_MAIL_DIR = box.folder
    box.up()
    yield box
    box.down()
