from __future__ import annotations

from typing import Any

import django_rq
import pytest
from django.db import transaction
from django_rq.settings import QUEUES

from clevertap_partners.core import queue

# Port 9 is the discard service, which nobody runs: a connection is refused at once.
NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(QUEUES["default"], "URL", NOWHERE)


@pytest.fixture
def a_queue(valkey: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(QUEUES["default"], "URL", valkey)
    found = django_rq.get_queue("default")
    found.empty()
    return found


@pytest.mark.services
def test_a_ring_is_heard_after_the_commit(a_queue: Any, transactional_db: None) -> None:
    with transaction.atomic():
        queue.ring("os.getpid", 1)
        assert a_queue.count == 0
    assert a_queue.count == queue.waiting() == 1
    assert a_queue.jobs[0].args == (1,)


@pytest.mark.services
def test_a_transaction_that_fails_rings_nobody(a_queue: Any, transactional_db: None) -> None:
    with pytest.raises(LookupError), transaction.atomic():
        queue.ring("os.getpid", 1)
        raise LookupError
    assert a_queue.count == 0


def test_a_lost_queue_stops_nothing(no_queue: None, transactional_db: None) -> None:
    with transaction.atomic():
        queue.ring("os.getpid", 1)
    assert queue.waiting() == 0
