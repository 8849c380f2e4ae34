"""Is this machine's clock right? Leases, pauses and slots are times that machines compare.

A worker whose clock is off would take running work from others again and again, and Google refuses
its keys. It had better leave the work to the others.
"""

from __future__ import annotations

import datetime

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

log = structlog.get_logger(__name__)

# On SQLite the database is this machine: then nobody's clock is off but everybody's.
_NOW = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
}


def clock_is_right() -> bool:
    """Whether this clock and the database's agree within settings.CLOCK_TOLERANCE_S."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW[connection.vendor])
        there = datetime.datetime.fromtimestamp(float(cursor.fetchone()[0]), datetime.UTC)
    seconds = (timezone.now() - there).total_seconds()
    if abs(seconds) <= settings.CLOCK_TOLERANCE_S:
        return True
    log.error("clock_is_off", seconds=round(seconds), tolerance=settings.CLOCK_TOLERANCE_S)
    return False
