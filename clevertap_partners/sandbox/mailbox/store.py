"""Letters as files in a folder, the newest few; written by the mail server, read by the console."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import os
import re
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

KEPT = 200
_ID = re.compile(r"\d{20}-\d{6}")
_MAIL_FROM, _RCPT_TO = "X-Sandbox-Mail-From", "X-Sandbox-Rcpt-To"


@dataclass(frozen=True)
class Received:
    """A letter as it arrived. `recipients` are those of the envelope, who got it."""

    id: str
    subject: str
    sender: str
    to: str
    recipients: str
    message_id: str
    received_at: datetime.datetime
    text: str
    html: str


class Store:
    """`folder` need not exist yet. One process writes; any number read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = itertools.count()

    def add(self, content: bytes, *, sender: str, recipients: list[str]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        mail_id = f"{time.time_ns():020}-{next(self._number) % 1_000_000:06}"
        envelope = f"{_MAIL_FROM}: {sender}\r\n{_RCPT_TO}: {', '.join(recipients)}\r\n"
        fresh = self._folder / f"{mail_id}.part"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(envelope.encode(errors="replace") + content)
        fresh.rename(self._path(mail_id))
        self._forget(self.ids()[KEPT:])

    def ids(self) -> list[str]:
        """Newest first."""
        return sorted((file.stem for file in self._folder.glob("*.eml")), reverse=True)

    def get(self, mail_id: str) -> Received | None:
        if not _ID.fullmatch(mail_id):
            return None
        try:
            content = self._path(mail_id).read_bytes()
        except FileNotFoundError:
            return None
        return read(mail_id, content)

    def all(self) -> list[Received]:
        """Newest first."""
        return [found for mail_id in self.ids() if (found := self.get(mail_id))]

    def clear(self) -> None:
        self._forget(self.ids())

    def _forget(self, mail_ids: list[str]) -> None:
        for mail_id in mail_ids:
            self._path(mail_id).unlink(missing_ok=True)

    def _path(self, mail_id: str) -> Path:
        return self._folder / f"{mail_id}.eml"


def read(mail_id: str, content: bytes) -> Received:
    """Whatever came, as well as it can be read."""
    # The older rules: the newer ones take headers apart, and fail over those that are malformed.
    message = message_from_bytes(content, policy=policy.compat32)
    seconds = int(mail_id.partition("-")[0]) / 1e9
    return Received(
        id=mail_id,
        subject=_header(message, "Subject"),
        sender=_header(message, "From") or _header(message, _MAIL_FROM),
        to=_header(message, "To"),
        recipients=_header(message, _RCPT_TO),
        message_id=_header(message, "Message-ID"),
        received_at=datetime.datetime.fromtimestamp(seconds, datetime.UTC),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _header(message: Message, name: str) -> str:
    """In letters that people read; as it came when it cannot be decoded."""
    text = str(message.get(name, ""))
    with contextlib.suppress(MessageError, LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return _shown(" ".join(text.split()))


def _body(message: Message, kind: str) -> str:
    """The first part of this kind; empty when there is none."""
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and not part.get_filename():
            content = part.get_payload(decode=True)
            return _decoded(content, part) if isinstance(content, bytes) else ""
    return ""


def _decoded(content: bytes, part: Message) -> str:
    with contextlib.suppress(LookupError, ValueError):
        return _shown(content.decode(part.get_content_charset("utf-8")))
    return content.decode(errors="replace")


def _shown(text: str) -> str:
    """Without halves of characters, which no page can hold."""
    return text.encode(errors="replace").decode()
