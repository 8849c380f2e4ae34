"""A receiver of webhooks: keeps the last ones for the console, and misbehaves when it is told to.

It knows no secret, so it cannot check a signature: the console does, which knows the webhooks.
"""

from __future__ import annotations

import io
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from clevertap_partners.sandbox.gateway.body import BodyTooLarge, Pace
from clevertap_partners.sandbox.gateway.messages import CutConnection, Request, Response
from clevertap_partners.sandbox.gateway.refusals import invalid

KEPT = 200
MAX_BODY = 65_536
MAX_HANG_S = 60.0
# Bytes a second: the answer of a receiver that drips takes longer than anybody waits.
DRIP = 1
HEADERS = (
    "content-type",
    "user-agent",
    "partners-signature",
    "partners-event-id",
    "partners-event-kind",
    "partners-delivery-attempt",
)


@dataclass(frozen=True)
class Received:
    """One request: `answer` is how it was answered, a key of ANSWERS."""

    id: int
    name: str
    received_at: float
    answer: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)


class Hooks:
    """In memory: a restart of the sandbox forgets what was received."""

    def __init__(self) -> None:
        self._received: deque[Received] = deque(maxlen=KEPT)
        self._count = 0
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._answer = "ok"

    def receive(self, request: Request, name: str) -> Response:
        """Raises CutConnection when it is told to say nothing."""
        content = request.body.read_small()
        if len(content) > MAX_BODY:
            raise BodyTooLarge
        with self._lock:
            answer, changed = self._answer, self._changed
            self._count += 1
            self._received.append(
                Received(
                    id=self._count,
                    name=name,
                    received_at=time.time(),
                    answer=answer,
                    body=content.decode(errors="replace"),
                    headers={key: request.header(key) for key in HEADERS},
                )
            )
        if answer == "hang":
            changed.wait(MAX_HANG_S)
            raise CutConnection
        return ANSWERS[answer]()

    def shown(self) -> dict[str, Any]:
        """Newest first, with how the next request is answered."""
        with self._lock:
            received = [asdict(one) for one in reversed(self._received)]
            return {"answer": self._answer, "received": received}

    def answer_with(self, asked: dict[str, Any]) -> None:
        answer = asked.get("answer")
        if answer not in ANSWERS:
            raise invalid(f"The receiver answers with one of {', '.join(ANSWERS)}.")
        with self._lock:
            self._answer = answer
            self._let_go()

    def forget(self) -> None:
        """Everything received; requests to come are answered well again."""
        with self._lock:
            self._received.clear()
            self._answer = "ok"
            self._let_go()

    def _let_go(self) -> None:
        self._changed.set()
        self._changed = threading.Event()


def _plain(status: int, text: str, **headers: str) -> Callable[[], Response]:
    shown = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda: Response(status, text.encode(), {"Content-Type": "text/plain", **shown})


def _drip() -> Response:
    body = b"still thinking about it " * 40
    return Response(
        headers={"Content-Type": "text/plain"},
        stream=io.BytesIO(body),
        length=len(body),
        pace=Pace(bytes_per_second=DRIP),
    )


ANSWERS: dict[str, Callable[[], Response]] = {
    "ok": _plain(200, "ok"),
    "error": _plain(500, "The receiver is on fire."),
    "busy": _plain(503, "Come back later.", Retry_After="60"),
    "gone": _plain(410, "Nobody wants this any more."),
    "redirect": _plain(302, "", Location="/hooks/elsewhere"),
    "drip": _drip,
    "hang": _plain(200, "ok"),
}
