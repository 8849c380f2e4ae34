"""The catalogue follows a lake that was written without it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from django.db import connection

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore import catalogue
from clevertap_partners.eventstore.catalogue import (
    catalogue_catch_up,
    catalogue_rebuild,
    catalogue_update,
)
from clevertap_partners.eventstore.files import survey_commit
from clevertap_partners.eventstore.models import EventDay, EventProperty, LakeState
from clevertap_partners.eventstore.schema import EventSchema, PropertySchema
from clevertap_partners.eventstore.selectors import event_schemas
from clevertap_partners.eventstore.survey import survey
from clevertap_partners.eventstore.writer import EventWriter
from tests.eventstore.support import rows_of
from tests.lakes import event

DAY_S = 86_400


def commit(uri: str, *records: dict[str, Any], batch: int, app_id: str = "test") -> int:
    version = EventWriter(uri).write(rows_of(*records), app_id=app_id, batch=batch)
    assert version is not None
    return version


def rows_per_event() -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, rows in EventDay.objects.values_list("event_type__name", "rows"):
        counts[name] = counts.get(name, 0) + rows
    return counts


@pytest.fixture
def no_rebuild(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**arguments: Any) -> None:
        raise AssertionError("it was rebuilt")

    monkeypatch.setattr(catalogue, "catalogue_rebuild", refuse)


def test_it_knows_every_property_of_events_that_a_writer_alone_wrote(
    account: Account, events_table: str, no_rebuild: None
) -> None:
    commit(events_table, event("A", evtData={"p": 1, "i": [{"k": 1}]}), event("B"), batch=1)
    commit(
        *(events_table, event("A", at=1, evtData={"p": 2**60}, sessionProps={"u": "x"})), batch=2
    )
    assert event_schemas(account=account, event_names=None) == {}
    assert catalogue_catch_up(account=account) == 2
    items = PropertySchema("i", ("items",), {"k": ("integer",)})
    assert event_schemas(account=account, event_names=None) == {
        "A": EventSchema(
            event_props=(PropertySchema("p", ("integer", "long"), {}), items),
            session_props=(PropertySchema("u", ("string",), {}),),
        ),
        "B": EventSchema(),
    }


def test_it_counts_every_commit_once_however_often_it_catches_up(
    account: Account, events_table: str, no_rebuild: None
) -> None:
    next_day = event("A", at=DAY_S, record_id="b")
    version = commit(events_table, event("A", record_id="a"), next_day, batch=1)
    for _ in range(2):
        assert catalogue_catch_up(account=account) == version
    assert rows_per_event() == {"A": 2}
    assert LakeState.objects.get().rows == 2


def test_it_adds_what_one_of_two_loads_did_not(
    account: Account, events_table: str, no_rebuild: None
) -> None:
    told, silent = event("A", evtData={"told": 1}), event("B", evtData={"silent": 1})
    commit(events_table, silent, batch=1, app_id="silent")
    version = commit(events_table, told, batch=1, app_id="told")
    catalogue_update(account=account, found=survey(rows_of(told)), version=version)
    assert catalogue_catch_up(account=account) == version
    assert rows_per_event() == {"A": 1, "B": 1}
    assert {row.name for row in EventProperty.objects.all()} == {"told", "silent"}
    # The silent load wakes up and tells of a commit that is in already.
    catalogue_update(account=account, found=survey(rows_of(silent)), version=1)
    assert rows_per_event() == {"A": 1, "B": 1}


def test_it_is_the_same_as_a_rebuild(account: Account, events_table: str, no_rebuild: None) -> None:
    for batch in range(1, 4):
        events = [event("A", at=at * DAY_S, record_id=f"{batch}-{at}") for at in range(batch)]
        commit(events_table, *events, event("é/ 💖", evtData={"n": batch / 2}), batch=batch)
    catalogue_catch_up(account=account)
    fields = ("event_type__name", "day", "rows", "bytes")
    before = sorted(EventDay.objects.values_list(*fields))
    catalogue_rebuild(account=account)
    assert sorted(EventDay.objects.values_list(*fields)) == before


def test_a_compaction_changes_nothing(
    account: Account, events_table: str, no_rebuild: None
) -> None:
    for batch in (1, 2):
        commit(events_table, event("A", at=batch), batch=batch)
    DeltaTable(events_table).optimize.compact()
    assert catalogue_catch_up(account=account) == 3
    assert rows_per_event() == {"A": 2}


def test_it_starts_anew_when_rows_were_taken_away(account: Account, events_table: str) -> None:
    commit(events_table, event("A"), event("B"), batch=1)
    assert catalogue_catch_up(account=account) == 1
    DeltaTable(events_table).delete("event_name = 'A'")
    assert catalogue_catch_up(account=account) == 2
    assert rows_per_event() == {"B": 1}


@pytest.mark.parametrize("lost", ["_delta_log/00000000000000000001.json", "event_day=*/*.parquet"])
def test_it_starts_anew_when_a_commit_can_no_longer_be_read(
    account: Account, events_table: str, lost: str
) -> None:
    commit(events_table, event("A"), batch=1)
    first = next(iter(Path(events_table).glob(lost)))
    commit(events_table, event("A", at=1), batch=2)
    DeltaTable(events_table).optimize.compact()
    DeltaTable(events_table).create_checkpoint()
    first.unlink()
    assert survey_commit(events_table, 1) is None
    assert catalogue_catch_up(account=account) == 3
    assert rows_per_event() == {"A": 2}


def test_it_makes_a_catalogue_by_earlier_rules_anew(account: Account, events_table: str) -> None:
    commit(events_table, event("A", evtData={"p": 2**60}), batch=1)
    catalogue_catch_up(account=account)
    EventProperty.objects.update(kinds=["integer"])
    catalogue_catch_up(account=account)
    assert EventProperty.objects.get().kinds == ["integer"]
    LakeState.objects.update(survey_rules=0)
    catalogue_catch_up(account=account)
    assert EventProperty.objects.get().kinds == ["long"]
    assert LakeState.objects.get().survey_rules == LakeState.SURVEY_RULES


def test_a_lake_that_is_away_or_behind_changes_nothing(account: Account, events_table: str) -> None:
    assert catalogue_catch_up(account=account) == 0
    assert not LakeState.objects.exists()
    LakeState.objects.create(account=account, version=5)
    assert catalogue_catch_up(account=account) == 5
    commit(events_table, event("A"), batch=1)
    assert catalogue_catch_up(account=account) == 5
    assert rows_per_event() == {}


@pytest.mark.django_db(transaction=True)
def test_two_that_catch_up_beside_a_load_count_every_event_once(
    account: Account, events_table: str
) -> None:
    failures: list[BaseException] = []

    def catch_up() -> None:
        try:
            for _ in range(10):
                catalogue_catch_up(account=account)
        except BaseException as failure:  # noqa: BLE001  (told to the test, in its own thread)
            failures.append(failure)
        finally:
            connection.close()

    helpers = [threading.Thread(target=catch_up) for _ in range(2)]
    commit(events_table, event("A"), batch=1)
    for helper in helpers:
        helper.start()
    for batch in range(2, 12):
        one = event("A", at=batch)
        version = commit(events_table, one, batch=batch)
        catalogue_update(account=account, found=survey(rows_of(one)), version=version)
    for helper in helpers:
        helper.join(60)
    assert not failures
    assert catalogue_catch_up(account=account) == 11
    assert rows_per_event() == {"A": 11}
