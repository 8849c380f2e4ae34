"""[pure] How a receiver knows that an alert comes from us: HMAC-SHA256 over time and body."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

HEADER = "Partners-Signature"
# A receiver refuses what was signed longer ago: nobody can send an overheard alert again later.
TOLERANCE_S = 300


def secret_new() -> str:
    return f"whs_{secrets.token_urlsafe(32)}"


def signature(*, secret: str, body: bytes, timestamp: int) -> str:
    """The value of the signature's header."""
    return f"t={timestamp},v1={_digest(secret, body, timestamp)}"


def is_signed(*, secret: str, body: bytes, header: str, now: float | None = None) -> bool:
    """Whether `header` signs `body` with `secret`, lately. What a receiver does."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE_S:
        return False
    given = parts.get("v1", "").encode()
    return hmac.compare_digest(given, _digest(secret, body, int(stamp)).encode())


def _digest(secret: str, body: bytes, timestamp: int) -> str:
    signed = f"{timestamp}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
