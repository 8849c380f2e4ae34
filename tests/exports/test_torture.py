"""Workers killed everywhere, answers lost, jobs doubled, the queue emptied: nothing lost or twice.

The short form of `make torture`; see tests/exports/torture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from redis import Redis

from tests.exports.torture.chamber import LEASE, Chamber
from tests.exports.torture.crew import crew_at_work
from tests.exports.torture.stranger import Stranger
from tests.exports.torture.tally import Tally
from tests.processes import environment_for_tests
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

SEED = 14
RUNS = 4


@pytest.fixture
def chamber(valkey: str, sandbox: Sandbox, member: User) -> Iterator[Chamber]:
    queue = Redis.from_url(valkey, socket_timeout=5)
    queue.flushall()
    with ExitStack() as stack:
        crew = stack.enter_context(crew_at_work({**environment_for_tests(valkey), **LEASE}))
        key = sandbox.create_service_account("torturer")
        yield Chamber(crew, sandbox, queue, key, Stranger(sandbox), member)


def test_nothing_is_lost_and_nothing_doubled_whatever_happens(chamber: Chamber) -> None:
    # The two databases share the work: together they see every format.
    first = 0 if database.vendor == "sqlite" else RUNS
    tally = Tally()
    for number in range(first, first + RUNS):
        chamber.torture(SEED, number, tally)
        assert not tally.failures, "\n".join(tally.failures)
    assert (tally.rows_lost, tally.rows_doubled) == (0, 0)
    assert tally.kills >= RUNS
    assert tally.faults >= 1
