"""Does every part that the dashboard leans on answer? One word per part, no details."""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# A probe comes every few seconds: better a wrong "failing" than a queue of waiting probes.
PATIENCE_S = 1.0


def health_report() -> dict[str, str]:
    """`ok` or `failing` for each part; the reason goes to the log."""
    parts: dict[str, Callable[[], None]] = {
        "database": ask_database,
        "queue": ask_queue,
        "lake": ask_lake,
    }
    if settings.SANDBOX:
        parts["sandbox"] = ask_sandbox
    return {"web": "ok"} | {name: _state(name, ask) for name, ask in parts.items()}


def _state(name: str, ask: Callable[[], None]) -> str:
    try:
        ask()
    except (DatabaseError, RedisError, OSError, http.client.HTTPException) as error:
        log.warning("health_failing", part=name, error=type(error).__name__)
        return "failing"
    return "ok"


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def ask_queue() -> None:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
    ) as client:
        client.ping()


def ask_lake() -> None:
    """A lake on a disk can be read, or its folder can still be made; a remote one is not asked."""
    if "://" in settings.LAKE_URL:
        return
    folder = Path(settings.LAKE_URL)
    needed = os.R_OK | os.X_OK
    if not folder.exists():
        folder = next(parent for parent in folder.absolute().parents if parent.exists())
        needed = os.W_OK | os.X_OK
    if not (folder.is_dir() and os.access(folder, needed)):
        raise PermissionError(f"{folder} cannot be used")


def ask_sandbox() -> None:
    """Any answer will do: the gateway is there."""
    address = urlsplit(settings.SANDBOX_URL)
    server = http.client.HTTPConnection(
        address.hostname or "", address.port or 80, timeout=PATIENCE_S
    )
    try:
        server.request("GET", "/")
        server.getresponse().read()
    finally:
        server.close()
