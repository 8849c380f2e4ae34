"""A worker dies at any call that changes anything: whoever takes over brings it to the same end."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import Lease
from clevertap_partners.eventstore.catalogue import catalogue_rebuild
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.models import EventDay
from clevertap_partners.eventstore.people import PeopleMerge
from clevertap_partners.eventstore.writer import EventWriter
from imports import landing, steps
from imports.mapping import Mapping
from imports.models import Import, ImportRun, ImportUnit
from imports.services import import_run_now
from imports.store import RunStore
from imports.work import take_step
from tests.imports.conftest import ORDERS, PEOPLE, many_orders, orders, second
from tests.imports.warehouse import FakeWarehouse

pytestmark = [pytest.mark.django_db]

Make = Callable[..., Import]

# Where to die: whose attribute, and how often a run comes by.
POINTS: dict[str, tuple[Any, str, int]] = {
    "start": (FakeWarehouse, "start", 1),
    "wait": (FakeWarehouse, "wait", 1),
    "session": (FakeWarehouse, "open_session", 1),
    "update": (Lease, "update", 6),
    "release": (Lease, "release", 4),
    "keep": (RunStore, "keep", 6),
    "stage": (RunStore, "stage", 4),
    "record": (steps, "group_record", 5),
    "commit": (EventWriter, "commit_staged", 1),
    "people": (PeopleMerge, "merge", 2),
    "catalogue": (landing, "catalogue_catch_up", 1),
    "remember": (landing, "remember", 1),
    "finished": (landing, "finished", 1),
}


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches a SIGKILL."""


def arm(monkeypatch: pytest.MonkeyPatch, point: str, when: str, nth: int) -> list[int]:
    """Die at the nth call; the list tells whether it happened."""
    owner, name, _ = POINTS[point]
    real, calls, hits = getattr(owner, name), [0], []

    @functools.wraps(real)
    def dying(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        fatal = calls[0] == nth
        if fatal and when == "before":
            hits.append(nth)
            raise Killed
        result = real(*args, **kwargs)
        if fatal:
            hits.append(nth)
            raise Killed
        return result

    monkeypatch.setattr(owner, name, dying)
    return hits


def bring_to_an_end(item: Import) -> ImportRun:
    for _ in range(60):
        try:
            busy = take_step()
        except Killed:
            # Its leases run out; what it was doing is due.
            for model in (ImportRun, ImportUnit):
                model.objects.exclude(lease_until=None).update(lease_until=timezone.now())
            continue
        if not busy:
            break
    return item.runs.latest("pk")


def numbers(rows: list[dict[str, Any]], column: str) -> Counter[int]:
    return Counter(json.loads(row[column])["Order id"] for row in rows)


def cases(*points: str) -> list[Any]:
    return [
        pytest.param(point, when, often, id=f"{point}-{when}-{often}")
        for point, (_, _, often) in POINTS.items()
        for when in ("before", "after")
        if point in points
    ]


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    settings.IMPORT_BATCH_ROWS = 7
    monkeypatch.setattr("imports.steps.GROUP_ROWS", 10)
    monkeypatch.setattr("imports.landing.PEOPLE_A_COMMIT", 9)


def two_runs(
    item: Import,
    warehouse: FakeWarehouse,
    actor: User,
    monkeypatch: pytest.MonkeyPatch,
    arming: Any,
) -> tuple[ImportRun, list[int]]:
    """The first run undisturbed; in the second, with news at the very cursor, somebody dies."""
    import_run_now(item=item, actor=actor)
    bring_to_an_end(item)
    at_the_cursor = [{"order_id": 100 + place, "updated_at": second(1_740)} for place in range(3)]
    bad = [{"customer": "nan", "order_id": 200, "updated_at": second(9_999)}]
    good = [
        {"order_id": 300 + place, "customer": f"n-{place}", "updated_at": second(5_000 + place)}
        for place in range(25)
    ]
    warehouse.rows = pa.concat_tables([warehouse.rows, orders(*at_the_cursor, *bad, *good)])
    hits = arm(monkeypatch, *arming)
    import_run_now(item=item, actor=actor)
    return bring_to_an_end(item), hits


@pytest.mark.parametrize(("point", "when", "nth"), cases(*(POINTS.keys() - {"people", "remember"})))
def test_events_come_once_whoever_dies(
    beta: Account,
    make_import: Make,
    warehouse: FakeWarehouse,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    when: str,
    nth: int,
) -> None:
    done, hits = two_runs(
        make_import(_with_numbers(ORDERS)), warehouse, member, monkeypatch, (point, when, nth)
    )
    assert hits
    assert (done.status, done.rows_imported, done.rows_failed) == ("done", 28, 1)
    assert (done.rows_known, done.failed_rows_kept) == (1, 1)
    rows = pa.table(DeltaTable(events_uri(beta.pk)).to_pyarrow_table()).to_pylist()
    wanted = [*range(30), *range(100, 103), *range(300, 325)]
    assert numbers(rows, "event_props") == Counter(wanted)
    told = sum(EventDay.objects.values_list("rows", flat=True))
    assert told == len(wanted)
    catalogue_rebuild(account=beta)
    assert sum(EventDay.objects.values_list("rows", flat=True)) == told


@pytest.mark.parametrize(
    ("point", "when", "nth"), cases("update", "record", "people", "remember", "finished")
)
def test_people_are_counted_once_whoever_dies(
    beta: Account,
    make_import: Make,
    warehouse: FakeWarehouse,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    when: str,
    nth: int,
) -> None:
    done, hits = two_runs(
        make_import(_with_numbers(PEOPLE)), warehouse, member, monkeypatch, (point, when, nth)
    )
    assert hits
    assert (done.status, done.rows_imported, done.rows_failed) == ("done", 28, 1)
    # Rows 100 to 102 are of c-0 to c-2, the others of new people.
    assert (done.people_new, done.people_changed, done.people_unchanged) == (25, 3, 0)
    rows = pa.table(DeltaTable(profiles_uri(beta.pk)).to_pyarrow_table()).to_pylist()
    assert numbers(rows, "properties") == Counter(
        [*range(3, 30), *range(100, 103), *range(300, 325)]
    )


def _with_numbers(chosen: Mapping) -> Mapping:
    return Mapping(**{**chosen.__dict__, "properties": ORDERS.properties})


def test_without_a_death_it_is_the_same(
    make_import: Make, warehouse: FakeWarehouse, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.rows = many_orders(30)
    item = make_import()
    done, hits = two_runs(item, warehouse, member, monkeypatch, ("start", "before", 99))
    assert not hits
    assert (done.rows_imported, done.rows_failed, done.rows_known) == (28, 1, 1)
