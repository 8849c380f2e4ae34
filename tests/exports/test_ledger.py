from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.core.lease import Lease, claim
from clevertap_partners.core.objects import StoredObject
from exports.ledger import OrmLedger
from exports.models import Export, ExportFile, ExportUnit
from exports.pipeline.roll import RolledFile
from integrations.models import Connection
from tests.lakes import DAY

pytestmark = pytest.mark.django_db

FILE = RolledFile(
    name="1-2-A-20261121-0-0.json",
    event_name="A",
    index=0,
    rows=3,
    size=10,
    crc32c="AAAAAA==",
    min_ts=1,
    max_ts=2,
    body=io.BytesIO(),
)
STORED = StoredObject(FILE.name, 10, "AAAAAA==", "md5", 7)


@pytest.fixture
def unit(saved_connection: Connection, make_export: Callable[..., Export]) -> ExportUnit:
    run = make_export(saved_connection).runs.get()
    run.status = "running"
    run.save()
    return ExportUnit.objects.create(run=run, part=0, event_day=DAY, rows_counted=3)


def claimed(unit: ExportUnit) -> Lease:
    lease = claim(unit)
    assert lease is not None
    return lease


def test_a_file_counts_only_once_it_is_recorded(unit: ExportUnit) -> None:
    ledger = OrmLedger(unit, claimed(unit))
    assert ledger.intend(FILE) is False
    assert ledger.find(FILE.name) is None
    ledger.record(FILE, STORED)
    found = ledger.find(FILE.name)
    assert found is not None
    assert (found.generation, found.md5, found.crc32c) == (7, "md5", "AAAAAA==")


def test_a_repeated_intent_is_known_if_the_content_is_the_same(unit: ExportUnit) -> None:
    ledger = OrmLedger(unit, claimed(unit))
    ledger.intend(FILE)
    assert ledger.intend(FILE) is True
    changed = RolledFile(**{**FILE.__dict__, "crc32c": "BBBBBB=="})
    assert ledger.intend(changed) is False


def test_the_worker_of_an_old_claim_writes_nothing(unit: ExportUnit) -> None:
    old = OrmLedger(unit, claimed(unit))
    old.intend(FILE)
    ExportUnit.objects.update(fence=2)
    with pytest.raises(LeaseLost):
        old.record(FILE, STORED)
    assert ExportFile.objects.get().stored_at is None


def test_a_stopped_run_takes_no_more_files(unit: ExportUnit) -> None:
    ledger = OrmLedger(unit, claimed(unit))
    unit.run.status = "stopped"
    unit.run.save()
    with pytest.raises(LeaseLost):
        ledger.intend(FILE)
    assert not ExportFile.objects.exists()


def test_recording_a_file_locks_its_unit_but_not_the_whole_run(unit: ExportUnit) -> None:
    ledger = OrmLedger(unit, claimed(unit))
    with CaptureQueriesContext(connection) as queries:
        ledger.intend(FILE)
        ledger.record(FILE, STORED)
    locks = [sql for query in queries if " FOR UPDATE" in (sql := query["sql"])]
    if connection.features.has_select_for_update_of:
        assert len(locks) == 2
        assert all(lock.endswith('FOR UPDATE OF "exports_exportunit"') for lock in locks)
    else:
        assert locks == []


def test_only_one_of_two_workers_gets_a_unit(unit: ExportUnit) -> None:
    same = ExportUnit.objects.get()
    assert claim(unit) is not None
    assert claim(same) is None
    assert claim(ExportUnit.objects.get()) is None
