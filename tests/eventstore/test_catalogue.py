from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import call_command

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import TransientError
from clevertap_partners.eventstore import catalogue, selectors
from clevertap_partners.eventstore.catalogue import (
    catalogue_rebuild,
    catalogue_update,
)
from clevertap_partners.eventstore.models import EventDay, EventProperty, LakeState
from clevertap_partners.eventstore.schema import EventSchema
from clevertap_partners.eventstore.survey import survey
from clevertap_partners.eventstore.writer import EventWriter
from tests.eventstore.support import rows_of
from tests.lakes import DAY, event

BIG = 2**63


def catalogue_of(account: Account) -> dict[str, Any]:
    """All that the catalogue says, comparable."""
    days = EventDay.objects.filter(event_type__account=account)
    properties = EventProperty.objects.filter(event_type__account=account)
    seen = ("event_type__name", "scope", "name", "kinds", "inner")
    return {
        "days": sorted(days.values_list("event_type__name", "day", "rows", "bytes")),
        "properties": {tuple(row[:3]): row[3:] for row in properties.values_list(*seen)},
        "state": list(LakeState.objects.filter(account=account).values_list("version", "rows")),
    }


def commit(account: Account, uri: str, *records: dict[str, Any], batch: int) -> int:
    version = EventWriter(uri).write(rows_of(*records), app_id="test", batch=batch)
    assert version is not None
    return version


def test_it_knows_the_kinds_of_every_property(account: Account, events_table: str) -> None:
    values = {"s": "x", "i": 1, "f": 0.5, "b": True, "l": [1, "x"], "o": {"k": 1}, "e": {}}
    items = [{"id": "A", "qty": 1}, {"id": "B", "qty": 2.5}]
    rows = rows_of(event("A", evtData={**values, "n": items, "big": BIG}, sessionProps={"u": "x"}))
    catalogue_update(account=account, found=survey(rows), version=1)
    kinds = {row.name: row.kinds for row in EventProperty.objects.all()}
    assert kinds == {
        **{"s": ["string"], "i": ["integer"], "f": ["float"], "b": ["boolean"], "l": ["list"]},
        **{"o": ["object"], "e": ["object"], "n": ["items"], "big": ["big_integer"]},
        "u": ["string"],
    }
    inner = EventProperty.objects.get(name="n").inner
    assert inner == {"id": ["string"], "qty": ["float", "integer"]}


def test_it_tells_the_same_kinds_with_and_without_the_engine() -> None:
    values = {"s": "x", "i": 1, "f": 0.5, "b": True, "l": [1, "x"], "o": {"k": 1}, "e": {}}
    values |= {"n": [{"id": "A", "q": 1}, {"id": "B"}], "empty": [], "nulls": [None]}
    by_engine = survey(rows_of(event("A", evtData=values))).properties
    # A number of 19 digits sends the whole text to Python.
    by_hand = survey(rows_of(event("A", evtData={**values, "long": 10**18}))).properties
    assert {key: by_hand[key] for key in by_engine} == by_engine


def test_it_collects_the_kinds_of_several_commits(account: Account, events_table: str) -> None:
    for version, value in enumerate((1, "x", 0.5), 1):
        rows = rows_of(event("A", evtData={"p": value}))
        catalogue_update(account=account, found=survey(rows), version=version)
    assert EventProperty.objects.get().kinds == ["float", "integer", "string"]


def test_a_version_counts_once(account: Account) -> None:
    found = survey(rows_of(event("A")))
    for _ in range(2):
        catalogue_update(account=account, found=found, version=1)
    assert EventDay.objects.get().rows == 1


def test_versions_may_come_out_of_order(account: Account) -> None:
    found = survey(rows_of(event("A")))
    for version in (2, 3, 1, 2):
        catalogue_update(account=account, found=found, version=version)
    state = LakeState.objects.get()
    assert (state.version, state.ahead, state.rows) == (3, [], 3)


def test_a_rebuilt_catalogue_is_the_same(account: Account, tmp_path: Path) -> None:
    call_command("make_demo_data", "--account", str(account.pk), "--events=2000", "--days=20")
    before = catalogue_of(account)
    catalogue_rebuild(account=account)
    assert catalogue_of(account) == before
    assert sum(row[2] for row in before["days"]) == 2000


def test_a_rebuild_never_forgets_a_commit_that_came_meanwhile(
    account: Account, events_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = commit(account, events_table, event("A"), batch=1)
    catalogue_update(account=account, found=survey(rows_of(event("A"))), version=version + 1)
    with pytest.raises(TransientError, match="kept arriving"):
        catalogue_rebuild(account=account)
    assert EventDay.objects.get().rows == 1
    assert catalogue.REBUILD_TRIES == 3


def test_its_counts_are_the_lakes(account: Account, events_table: str) -> None:
    call_command("make_demo_data", "--account", str(account.pk), "--events=3000", "--days=30")
    files = f"{events_table}/*/*.parquet"
    in_lake = duckdb.sql(
        f"SELECT event_name, event_day::DATE, count(*) FROM read_parquet('{files}', "
        "hive_partitioning = true) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert [row[:3] for row in catalogue_of(account)["days"]] == in_lake


def test_the_selectors_answer_for_one_account_only(
    account: Account, other_account: Account
) -> None:
    later = {**event("Charged"), "ts": event("Charged")["ts"] + 86_400}
    found = survey(rows_of(event("Charged"), {**later, "record_id": "later"}, event("Mine")))
    catalogue_update(account=account, found=found, version=1)
    assert selectors.event_names(account=account) == ["Charged", "Mine"]
    assert selectors.event_names(account=other_account) == []
    charged, mine = selectors.event_catalogue(account=account)
    assert (charged.is_system, charged.rows, mine.is_system) == (True, 2, False)
    whole = selectors.estimate(account=account, first_day=DAY, last_day=DAY)
    some = selectors.estimate(
        account=account,
        first_day=DAY,
        last_day=DAY + datetime.timedelta(days=1),
        event_names=["Charged"],
    )
    assert (whole.rows, some.rows) == (2, 2)
    assert whole.bytes > 0
    nobody = selectors.estimate(account=other_account, first_day=DAY, last_day=DAY)
    assert (nobody.rows, nobody.bytes) == (0, 0)


def test_it_tells_rows_and_bytes_per_event_and_day_in_one_query(
    account: Account, other_account: Account, django_assert_num_queries: Any
) -> None:
    next_day = DAY + datetime.timedelta(days=1)
    records = [event(name, at=at) for name in ("b", "a", "B") for at in (0, 1, 86_400)]
    found = survey(rows_of(*records))
    for owner in (account, other_account):
        catalogue_update(account=owner, found=found, version=1)
    with django_assert_num_queries(1):
        totals = selectors.event_day_totals(account=account, first_day=DAY, last_day=next_day)
    assert [row[:3] for row in totals] == [
        *(("B", DAY, 2), ("B", next_day, 1), ("a", DAY, 2), ("a", next_day, 1)),
        *(("b", DAY, 2), ("b", next_day, 1)),
    ]
    whole = selectors.estimate(account=account, first_day=DAY, last_day=next_day)
    assert sum(row[3] for row in totals) == whole.bytes
    some = selectors.event_day_totals(
        account=account, first_day=DAY, last_day=DAY, event_names=["a", "none"]
    )
    assert [row[:3] for row in some] == [("a", DAY, 2)]


def test_the_schemas_of_many_events_cost_two_queries(
    account: Account, other_account: Account, django_assert_num_queries: Any
) -> None:
    data = {"z": 1, "Z": "x", "i": [{"k": 1}]}
    records = [event(f"E{number}", evtData=data) for number in range(20)]
    found = survey(rows_of(*records, event("Empty")))
    catalogue_update(account=account, found=found, version=1)
    with django_assert_num_queries(2):
        schemas = selectors.event_schemas(account=account, event_names=None)
    assert list(schemas) == sorted([*(f"E{number}" for number in range(20)), "Empty"])
    assert [known.name for known in schemas["E7"].event_props] == ["z", "Z", "i"]
    assert schemas["Empty"] == EventSchema()
    some = selectors.event_schemas(account=account, event_names=["E7", "Empty", "unknown"])
    assert some == {name: schemas[name] for name in ("E7", "Empty")}
    assert selectors.event_schemas(account=other_account, event_names=None) == {}


def test_odd_names_come_out_of_the_catalogue_as_they_went_in(account: Account) -> None:
    names = ["Id", "ID", "id", "q\"uo'te", "a.b/c~d", "\t\n", "😀", "x|y"]
    data = {name: [dict.fromkeys(["", *names], 1)] for name in names}
    found = survey(rows_of(event("A", evtData=data, sessionProps=dict.fromkeys(names, 0.5))))
    catalogue_update(account=account, found=found, version=1)
    schema = selectors.event_schemas(account=account, event_names=None)["A"]
    assert [known.name for known in schema.event_props] == names
    assert [known.name for known in schema.session_props] == names
    assert all(list(known.inner) == sorted(["", *names]) for known in schema.event_props)
