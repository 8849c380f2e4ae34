"""[pure] One request to a receiver: pinned to a checked address, bounded in time and in bytes.

No redirect is followed and no proxy of the environment is asked: either would lead elsewhere than
what was checked.
"""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clevertap_partners.core.errors import TransientError
from clevertap_partners.core.marking import gettext_noop
from clevertap_partners.webhooks.addresses import Target

READ_BYTES = 4_096
EXCERPT_LENGTH = 200
ADDRESSES_TRIED = 3


@dataclass(frozen=True)
class Limits:
    """`total_s` holds whatever the receiver does, from the connection to the answer's headers."""

    connect_s: float = 3.0
    total_s: float = 10.0


@dataclass(frozen=True)
class Answer:
    """What the receiver said; `excerpt` is the start of its body, fit to be shown."""

    status: int
    excerpt: str = ""
    retry_after_s: float = 0

    @property
    def is_accepted(self) -> bool:
        return 200 <= self.status < 300


DEFAULT_LIMITS = Limits()


def post(
    target: Target,
    *,
    addresses: list[str],
    headers: Mapping[str, str],
    body: bytes,
    limits: Limits = DEFAULT_LIMITS,
    trust: ssl.SSLContext | None = None,
    began: float | None = None,
) -> Answer:
    """Send `body` to the first of `addresses` that takes a connection.

    `began`, by the monotonic clock: when looking the addresses up did, which the limit includes.
    Raises TransientError when no answer came. An answer is there with its headers: one whose body
    never ends has been given all the same.
    """
    deadline = (time.monotonic() if began is None else began) + limits.total_s
    tls = (trust or ssl.create_default_context()) if target.scheme == "https" else None
    opened = connect(target, addresses, limits, deadline, tls)
    with contextlib.closing(opened), cut_at(opened, deadline) as cut:
        try:
            if isinstance(opened, ssl.SSLSocket):
                opened.do_handshake()
            return exchange(opened, target, headers, body, cut)
        except (OSError, http.client.HTTPException) as error:
            raise unanswered(target, error, limits, was_cut=cut.is_set()) from error


def connect(
    target: Target,
    addresses: list[str],
    limits: Limits,
    deadline: float,
    tls: ssl.SSLContext | None,
) -> socket.socket:
    for address in addresses[:ADDRESSES_TRIED]:
        left = max(0.001, min(limits.connect_s, deadline - time.monotonic()))
        with contextlib.suppress(OSError):
            return connected(target, address, tls, left)
    raise TransientError(
        gettext_noop("Nothing answers at {host}.").format(host=target.authority),
        code="webhook_unreachable",
        fix=gettext_noop("Check that the receiver runs and that its firewall lets us in."),
    )


def connected(
    target: Target, address: str, tls: ssl.SSLContext | None, timeout_s: float
) -> socket.socket:
    """Certificate and SNI are of the name, whatever address the connection goes to."""
    opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if tls is not None:
        # Before it is connected: a receiver that hangs up at once would make wrapping fail.
        opened = tls.wrap_socket(opened, server_hostname=target.host, do_handshake_on_connect=False)
    try:
        opened.settimeout(timeout_s)
        opened.connect((address, target.port))
    except OSError:
        opened.close()
        raise
    return opened


@contextlib.contextmanager
def cut_at(opened: socket.socket, deadline: float) -> Iterator[threading.Event]:
    """End the connection at the deadline: a receiver that drips bytes meets no socket timeout."""
    cut = threading.Event()
    left = max(0.0, deadline - time.monotonic())

    def end() -> None:
        cut.set()
        with contextlib.suppress(OSError):
            # The plain socket's: that of TLS would wait for its lock.
            socket.socket.shutdown(opened, socket.SHUT_RDWR)

    opened.settimeout(left + 1)
    timer = threading.Timer(left, end)
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()


def exchange(
    opened: socket.socket,
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
    cut: threading.Event,
) -> Answer:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open = 0
    connection.sock = opened
    connection.request(
        "POST", target.path, body, {"Host": target.authority, "Connection": "close", **headers}
    )
    with connection.getresponse() as response:
        if cut.is_set():
            raise TimeoutError  # headers that were cut off look like headers that ended
        excerpt = b""
        with contextlib.suppress(OSError, http.client.HTTPException):
            excerpt = response.read1(READ_BYTES)
        wanted = response.headers.get("Retry-After", "")
        return Answer(response.status, cleaned(excerpt), seconds_of(wanted))


def cleaned(content: bytes) -> str:
    """The start of a body as one short line without markup or control characters."""
    text = re.sub(r"<[^>]*>?", " ", content.decode(errors="replace"))
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = " ".join(text.split())
    return text if len(text) <= EXCERPT_LENGTH else f"{text[: EXCERPT_LENGTH - 1]}…"


def seconds_of(retry_after: str) -> float:
    """Retry-After as seconds or as a date; 0 for anything else."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    return 0


def unanswered(
    target: Target, error: Exception, limits: Limits, *, was_cut: bool
) -> TransientError:
    if was_cut or isinstance(error, TimeoutError):
        return TransientError(
            gettext_noop("{host} gave no answer within {seconds} seconds.").format(
                host=target.authority, seconds=f"{limits.total_s:.0f}"
            ),
            code="webhook_timeout",
            fix=gettext_noop(
                "Answer first and work afterwards: a receiver should answer in a second."
            ),
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return TransientError(
            gettext_noop("The certificate of {host} was not accepted: {words}.").format(
                host=target.host, words=error.verify_message
            ),
            code="webhook_certificate",
            fix=gettext_noop(
                "Use a certificate for this name from a public authority, with its whole chain."
            ),
        )
    if isinstance(error, ssl.SSLError):
        return TransientError(
            gettext_noop("No secure connection to {host} came about.").format(
                host=target.authority
            ),
            code="webhook_tls",
            fix=gettext_noop("Check that the receiver speaks TLS 1.2 or later on this port."),
        )
    return TransientError(
        gettext_noop("{host} ended the connection before it answered.").format(
            host=target.authority
        ),
        code="webhook_cut",
        fix=gettext_noop("Check the receiver's log at this time."),
    )
