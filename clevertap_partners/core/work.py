"""What a worker does: take the fairest step that waits, do it, write down how it went.

The queue only wakes workers; what there is to do is read from the database. So a ring may be lost,
doubled or late, and a worker may die anywhere: the lease runs out and the step is taken up again.
"""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone

from clevertap_partners.core import queue
from clevertap_partners.core.clock import clock_is_right
from clevertap_partners.core.errors import LeaseLost, PermanentError, TransientError
from clevertap_partners.core.lease import Heartbeat, Lease, claim

log = structlog.get_logger(__name__)

# A job goes on to the next step for this long, then rings for a fresh one: loading the engine takes
# a worker half a second, a small step less than that.
SLICE_S = 60
# Rows looked at before a worker gives up racing the others for one.
CANDIDATES = 10
# A fault that may pass: the pause doubles from 5 seconds; after this many attempts it is shown.
PATIENCE = 6
FIRST_PAUSE_S = 5


class Attempted(Protocol):
    """A leased row that counts how often it was tried in vain, and says when it is due again."""

    pk: int
    fence: int
    lease_until: datetime.datetime | None
    attempts: int


@dataclass(frozen=True)
class Step:
    """One kind of step: the rows that wait for it, fairest first, and how to do it to one.

    The work is left when the row stops to satisfy `still_wanted`.
    """

    waiting: Callable[[], QuerySet[Any]]
    do: Callable[[Any, Lease, Heartbeat], None]
    still_wanted: Q


@dataclass(frozen=True)
class Shop:
    """The steps that a worker takes for one app, the first that waits first.

    `show_trouble` is called once with a failure that somebody has to mend, or that has lasted: it
    gives the row back and says what is wrong. `fault_of_ours` makes the error for what was not
    foreseen. `task` is the doorbell.
    """

    steps: Sequence[Step]
    show_trouble: Callable[[Any, Lease, PermanentError | TransientError], None]
    fault_of_ours: Callable[[], TransientError]
    task: str

    def work(self) -> None:
        """Take steps until nothing waits or the slice is over."""
        if not clock_is_right():
            return
        until = time.monotonic() + SLICE_S
        while self.take_step():
            if time.monotonic() > until:
                queue.ring(self.task)
                return

    def take_step(self) -> bool:
        """Do one step; False when none waits that this worker could get."""
        return any(self._claim_and_do(step) for step in self.steps)

    def _claim_and_do(self, step: Step) -> bool:
        for row in step.waiting()[:CANDIDATES]:
            lease = claim(row)
            if lease is not None:
                self._do(step, row, lease)
                return True
        return False

    def _do(self, step: Step, row: Attempted, lease: Lease) -> None:
        context = {"step": step.do.__name__, "row": row.pk, "fence": lease.fence}
        try:
            self._count_if_abandoned(row, lease)
            with Heartbeat(lease, step.still_wanted) as heartbeat:
                step.do(row, lease, heartbeat)
            log.info("step_done", **context)
        except LeaseLost as error:
            log.info("step_left", reason=str(error), **context)
        except TransientError as error:
            log.warning("step_will_retry", code=error.code, error=error.message, **context)
            self._pause(row, lease, error)
        except PermanentError as error:
            log.warning("step_in_trouble", code=error.code, error=error.message, **context)
            self.show_trouble(row, lease, error)
        except Exception as error:
            # Not foreseen, so for operators to read in the failed job; but no reason to run hot.
            log.warning("step_failed", error=type(error).__name__, **context)
            self._pause(row, lease, self.fault_of_ours())
            raise

    def _count_if_abandoned(self, row: Attempted, lease: Lease) -> None:
        """A step that its worker left without a word counts as tried: it may be what kills
        workers."""
        if row.lease_until is None:
            return
        row.attempts += 1
        lease.update(attempts=row.attempts)
        if row.attempts >= PATIENCE:
            raise self.fault_of_ours()

    def _pause(self, row: Attempted, lease: Lease, error: TransientError) -> None:
        """Back off; once patience is over, show the trouble and go on trying every hour."""
        attempts = row.attempts + 1
        if attempts >= PATIENCE:
            self.show_trouble(row, lease, error)
            return
        seconds = FIRST_PAUSE_S * 2 ** (attempts - 1) * random.uniform(0.75, 1.25)  # noqa: S311
        resume_at = timezone.now() + datetime.timedelta(seconds=seconds)
        give_back(lease, attempts=attempts, next_attempt_at=resume_at)


def give_back(lease: Lease, **values: object) -> bool:
    """False when the row is no longer ours, and so neither is what befalls it."""
    return bool(lease.rows().update(lease_until=None, worker="", **values))
