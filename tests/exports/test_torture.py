"""Workers killed everywhere, answers lost, jobs doubled, the queue emptied: nothing lost or twice.

The short form of `make torture`; see tests/exports/torture.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection as database

from tests.exports.torture.chamber import Chamber, chamber_at_work
from tests.exports.torture.tally import ExportTally
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

SEED = 14
RUNS = 4


@pytest.fixture
def chamber(valkey: str, sandbox: Sandbox, member: User) -> Iterator[Chamber]:
    with chamber_at_work(sandbox=sandbox, valkey=valkey, person=member) as ready:
        yield ready


def test_nothing_is_lost_and_nothing_doubled_whatever_happens(chamber: Chamber) -> None:
    # The two databases share the work: together they see every format.
    first = 0 if database.vendor == "sqlite" else RUNS
    tally = ExportTally()
    for number in range(first, first + RUNS):
        chamber.torture(SEED, number, tally)
        assert not tally.failures, "\n".join(tally.failures)
    assert (tally.rows_lost, tally.rows_doubled) == (0, 0)
    assert tally.kills >= RUNS
    assert tally.faults >= 1
