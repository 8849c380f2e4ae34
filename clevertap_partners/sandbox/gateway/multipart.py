"""The two parts of a multipart/related upload, found in a spool file without loading it."""

from __future__ import annotations

import email.message
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clevertap_partners.sandbox.gateway.messages import GoogleError

_HEAD_LIMIT = 1_000_000


@dataclass(frozen=True)
class Parts:
    """The object's description, and where its content lies in the file."""

    resource: Any
    content_type: str
    start: int
    end: int


def boundary_of(content_type: str) -> bytes:
    message = email.message.Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary()
    if not boundary:
        raise _malformed()
    return boundary.encode()


def split(path: Path, boundary: bytes) -> Parts:
    mark = b"--" + boundary
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_LIMIT)
        file.seek(max(0, size - len(mark) - 64))
        tail_at = file.tell()
        tail = file.read()
    close = tail.rfind(b"\r\n" + mark + b"--")
    second = head.find(b"\r\n" + mark, len(mark))
    if not head.startswith(mark) or close < 0 or second < 0:
        raise _malformed()
    _, resource = _part(head[len(mark) : second])
    start = head.find(b"\r\n\r\n", second) + 4
    headers, _ = _part(head[second + 2 + len(mark) : start])
    try:
        described = json.loads(resource or b"{}")
    except ValueError as error:
        raise _malformed() from error
    return Parts(described, headers.get("content-type", ""), start, tail_at + close)


def _part(text: bytes) -> tuple[dict[str, str], bytes]:
    head, blank, body = text.partition(b"\r\n\r\n")
    if not blank:
        raise _malformed()
    lines = [line.partition(":") for line in head.decode(errors="replace").splitlines()]
    return {key.strip().lower(): value.strip() for key, mark, value in lines if mark}, body


def _malformed() -> GoogleError:
    return GoogleError(400, "Malformed multipart body.", reason="badRequest")
