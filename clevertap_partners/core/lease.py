"""Leases: who works on a row now.

One conditional UPDATE claims a row; a fencing token guards every later write to it.
"""

from __future__ import annotations

import datetime
import os
import socket
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, models
from django.utils import timezone

from clevertap_partners.core.errors import LeaseLost

log = structlog.get_logger(__name__)


class Leased(models.Model):
    """Who works on this row, until when, and in which claim?

    `fence` grows by one with each claim. A worker that was thought dead and comes back carries an
    old fence, and each of its writes, conditional on the fence, changes nothing.
    """

    fence = models.PositiveIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    worker = models.CharField(max_length=120, blank=True, editable=False)

    class Meta:
        abstract = True


@dataclass(frozen=True)
class Lease:
    """A claim on one row: writes under it filter on `pk` and `fence`."""

    model: type[Leased]
    pk: int
    fence: int

    def rows(self) -> models.QuerySet[Any]:
        """The claimed row, if the claim still stands."""
        return self.model._default_manager.filter(pk=self.pk, fence=self.fence)

    def update(self, **values: Any) -> None:
        """Write to the claimed row. Raises LeaseLost when another claim has replaced this one."""
        if self.rows().update(**values) != 1:
            raise LeaseLost(f"{self.model.__name__} {self.pk} was claimed by another worker.")

    def release(self, **values: Any) -> None:
        """Give the row back with `values`. Raises LeaseLost as `update`."""
        self.update(lease_until=None, worker="", **values)


def free() -> models.Q:
    """Rows that nobody works on: never claimed, given back, or silent for longer than the lease."""
    return models.Q(lease_until=None) | models.Q(lease_until__lt=timezone.now())


def claim(row: Leased) -> Lease | None:
    """Claim `row` if it is free and as it was read; None when another was quicker.

    That another held it when it was read, and has given it back since, is not as it was read: what
    there was to do may be done.
    """
    changed = (
        type(row)
        ._default_manager.filter(free(), pk=row.pk, fence=row.fence, lease_until=row.lease_until)
        .update(fence=row.fence + 1, lease_until=_until(), worker=_me())
    )
    return Lease(type(row), row.pk, row.fence + 1) if changed else None


class Heartbeat:
    """Renews a lease from a thread of its own, so that busy work cannot make a worker look dead.

    `check()` raises LeaseLost once the claim is gone or `still_wanted` (a condition on the row) no
    longer holds.
    """

    def __init__(self, lease: Lease, still_wanted: models.Q | None = None) -> None:
        self._lease = lease
        self._still_wanted = still_wanted or models.Q()
        self._done = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def check(self) -> None:
        if self._lost.is_set():
            raise LeaseLost(f"{self._lease.model.__name__} {self._lease.pk} is no longer ours.")

    def _beat(self) -> None:
        try:
            while not self._done.wait(settings.HEARTBEAT_S):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            wanted = self._lease.rows().filter(self._still_wanted).exists()
            # Apart from what is wanted, which may be asked of another table: a condition on the row
            # itself holds also after waiting for its lock. Who has given it back keeps it so.
            held = self._lease.rows().filter(lease_until__isnull=False)
            renewed = wanted and held.update(lease_until=_until())
        except (DatabaseError, InterfaceError) as error:
            # The next beat tries again, on a new connection; if none gets through, the lease runs
            # out and the writes, which carry the fence, are refused: late is safe.
            log.warning("heartbeat_failed", error=type(error).__name__)
            connection.close()
            return
        if not renewed:
            self._lost.set()


def _until() -> datetime.datetime:
    return timezone.now() + datetime.timedelta(seconds=settings.LEASE_S)


def _me() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
