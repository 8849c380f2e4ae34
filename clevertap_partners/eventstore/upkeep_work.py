"""Carries out upkeep under a claim on its row, a slice of time at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from deltalake.exceptions import DeltaError
from django.db.models import F
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.core.lease import Heartbeat, Lease, claim
from clevertap_partners.eventstore.files import newest_version
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.models import LakeUpkeep
from clevertap_partners.eventstore.upkeep import DAILY, HOURLY
from clevertap_partners.eventstore.upkeep_steps import Upkeep, Wish, upkeep_carry_out

log = structlog.get_logger(__name__)

# How long a worker is kept from exports, apart from the merge that it is at.
SLICE_S = 30.0


def upkeep_run(*, account_id: int) -> None:
    """Carry out what is due, for a slice of time, unless another worker does. May come twice."""
    row = LakeUpkeep.objects.filter(account_id=account_id, next_at__lte=timezone.now()).first()
    lease = claim(row) if row else None
    if row is None or lease is None:
        return
    try:
        with Heartbeat(lease) as heartbeat:
            # Whatever happens to this worker, the next look is in an hour.
            lease.update(next_at=timezone.now() + HOURLY)
            _look(row, lease, _going_on(heartbeat, time.monotonic() + SLICE_S))
    except LeaseLost:
        log.warning("upkeep_lost", account_id=account_id)


def upkeep_now(*, account: Account) -> Upkeep | None:
    """Everything at once, as long as it takes; None while a worker is at it.

    Raises LeaseLost when the claim is lost on the way; what was done by then stays done.
    """
    row, _ = LakeUpkeep.objects.get_or_create(account=account, defaults={"next_at": timezone.now()})
    lease = claim(row)
    if lease is None:
        return None
    with Heartbeat(lease) as heartbeat:
        done = upkeep_carry_out(wish=Wish(account.pk, may_go_on=_going_on(heartbeat, float("inf"))))
        _give_back(row, lease, done)
    return done


def _going_on(heartbeat: Heartbeat, deadline: float) -> Callable[[], bool]:
    def may_go_on() -> bool:
        heartbeat.check()
        return time.monotonic() < deadline

    return may_go_on


def _look(row: LakeUpkeep, lease: Lease, may_go_on: Callable[[], bool]) -> None:
    thorough = row.vacuumed_at is None or timezone.now() - row.vacuumed_at >= DAILY
    try:
        moved = _versions(row.account_id) != {
            "events_version": row.events_version,
            "profiles_version": row.profiles_version,
        }
    except (DeltaError, OSError) as error:
        lease.release(error=f"The lake cannot be opened: {error}")
        return
    if thorough or moved:
        wish = Wish(row.account_id, thorough=thorough, may_go_on=may_go_on)
        _give_back(row, lease, upkeep_carry_out(wish=wish))
    else:
        lease.release()


def _give_back(row: LakeUpkeep, lease: Lease, done: Upkeep) -> None:
    now = timezone.now()
    values: dict[str, Any] = {
        "next_at": now + HOURLY if done.finished else now,
        "files_compacted": F("files_compacted") + done.compacted,
        "files_deleted": F("files_deleted") + done.deleted,
        "freed_bytes": F("freed_bytes") + done.freed,
        "error": "\n".join(done.errors),
    }
    if done.vacuumed:
        values["vacuumed_at"] = now
    if done.finished and not done.errors:
        values |= _versions(row.account_id)
    lease.release(**values)
    log.info(
        "upkeep_done",
        account_id=row.account_id,
        compacted=done.compacted,
        deleted=done.deleted,
        freed_bytes=done.freed,
        finished=done.finished,
        errors=len(done.errors),
    )


def _versions(account_id: int) -> dict[str, int]:
    return {
        "events_version": newest_version(events_uri(account_id)) or 0,
        "profiles_version": newest_version(profiles_uri(account_id)) or 0,
    }
