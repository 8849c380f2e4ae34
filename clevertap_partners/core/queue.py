"""The doorbell: wakes a worker after the database has the work. Losing a ring loses nothing."""

from __future__ import annotations

import contextlib

import django_rq
import structlog
from django.db import transaction
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# A queue holds doorbells, not work: a ring that nobody heard in this time is of no use to anybody.
RING_TTL_S = 600


def ring(task: str, *args: int, queue: str = "default", timeout_s: int = 3600) -> None:
    """Call `task` (dotted path, ids only) in a worker once the transaction has committed.

    A queue that cannot be reached is logged and left: the scheduler tick rings again.
    """
    transaction.on_commit(lambda: _ring(task, args, queue, timeout_s))


def _ring(task: str, args: tuple[int, ...], queue: str, timeout_s: int) -> None:
    with heard_or_logged(task):
        django_rq.get_queue(queue).enqueue_call(
            task, args=args, timeout=timeout_s, ttl=RING_TTL_S, result_ttl=0, failure_ttl=86_400
        )


def waiting(queue: str = "default") -> int:
    """How many rings wait in the queue; 0 when the queue cannot be reached."""
    with heard_or_logged("waiting"):
        return int(django_rq.get_queue(queue).count)
    return 0


@contextlib.contextmanager
def heard_or_logged(task: str):  # type: ignore[no-untyped-def]
    try:
        yield
    except (RedisError, OSError) as error:
        log.warning("queue_unreachable", task=task, error=type(error).__name__)
