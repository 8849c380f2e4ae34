"""Workers killed everywhere, answers lost, sessions expired, queues emptied: each good row once.

The short form of `make torture`; see tests/imports/torture.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection as database

from tests.imports.torture.chamber import Chamber, chamber_at_work, sandbox_of_small_messages
from tests.imports.torture.tally import ImportTally

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

SEED = 5
RUNS = 2


@pytest.fixture
def chamber(valkey: str, member: User) -> Iterator[Chamber]:
    with (
        sandbox_of_small_messages() as sandbox,
        chamber_at_work(sandbox=sandbox, valkey=valkey, person=member) as ready,
    ):
        yield ready


def test_every_good_row_comes_once_whatever_happens(chamber: Chamber) -> None:
    # The two databases share the work: each sees an import of events and one of profiles.
    first = 0 if database.vendor == "sqlite" else RUNS
    tally = ImportTally()
    for number in range(first, first + RUNS):
        chamber.torture(SEED, number, tally)
        assert not tally.failures, "\n".join(tally.failures)
    assert (tally.rows_lost, tally.rows_doubled) == (0, 0)
    assert tally.kills >= RUNS
    assert tally.begun_anew + tally.faults >= 1
