"""The catalogue knows what an import has brought, without a look into the lake."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import TransientError
from clevertap_partners.eventstore import files
from clevertap_partners.eventstore.catalogue import catalogue_catch_up, catalogue_rebuild
from clevertap_partners.eventstore.lake import events_uri
from clevertap_partners.eventstore.models import EventDay, EventProperty, EventType, LakeState
from clevertap_partners.eventstore.writer import EventWriter
from imports import landing
from imports.mapping import Mapping, Property
from imports.models import Import, ImportBatch, ImportRun
from imports.pipeline import unit
from imports.services import import_run_now
from imports.work import work
from tests.eventstore.support import rows_of
from tests.imports.conftest import second
from tests.imports.warehouse import FakeWarehouse
from tests.lakes import event

pytestmark = [pytest.mark.django_db]

Make = Callable[..., Import]

EVERYTHING = Mapping(
    kind="events",
    identity_column="who",
    created_on_column="at",
    created_on_format="epoch_s",
    event_name_column="name",
    properties=(
        Property("id", "Id", "long"),
        Property("number", "Number", "long"),
        Property("small", "Small", "integer"),
        Property("text", "Téxt", "string"),
        Property("double", "Double", "float"),
        Property("decimal", "Decimal", "float"),
        Property("flag", "Flag", "boolean"),
        Property("day", "Day", "date", "native"),
        Property("never", "Never", "string"),
    ),
)
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("who", pa.string()),
        ("at", pa.int64()),
        ("name", pa.string()),
        ("number", pa.int64()),
        ("small", pa.int64()),
        ("text", pa.string()),
        ("double", pa.float64()),
        ("decimal", pa.decimal128(38, 9)),
        ("flag", pa.bool_()),
        ("day", pa.date32()),
        ("never", pa.string()),
    ]
)
EVENTS = {
    "Seen": {},
    "Ordered": {"number": 7, "text": "Bönn", "decimal": Decimal("1.5"), "flag": True},
    "Paid": {"number": 2**60, "double": 0.25, "day": datetime.date(2026, 2, 28)},
    "Sent": {"small": -3, "text": "", "double": 1e300},
}


def everything(count: int) -> pa.Table:
    """Rows of four events over some days; each has some of the values, a few are bad."""
    rows: list[dict[str, Any]] = []
    for number in range(count):
        name = sorted(EVENTS)[number % 4]
        some = EVENTS[name] if number % 3 else {}
        who = None if number % 10 == 9 else f"c-{number}"
        at = second(number * 3_000)
        rows.append({"id": number, "who": who, "at": at, "name": name, **some})
    rows[-1] |= {"who": "c", "name": "Paid", "number": 8}
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def catalogue() -> dict[str, Any]:
    """All that it says, but for the order in which properties were first seen."""
    state = LakeState.objects.get()
    days = EventDay.objects.values_list("event_type__name", "day", "rows", "bytes")
    properties = EventProperty.objects.values_list(
        "event_type__name", "scope", "name", "kinds", "inner"
    )
    return {
        "state": (state.version, state.ahead, state.rows, state.survey_rules),
        "types": sorted(EventType.objects.values_list("name", "first_day", "last_day")),
        "days": sorted(days),
        "properties": sorted(properties),
    }


@pytest.fixture
def item(make_import: Make, warehouse: FakeWarehouse) -> Import:
    warehouse.rows = everything(60)
    return make_import(EVERYTHING)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the lake are not looked into."""

    def refuse(*arguments: Any) -> None:
        raise AssertionError("files were read")

    monkeypatch.setattr(files, "_survey", refuse)


def run(item: Import, member: User) -> ImportRun:
    import_run_now(item=item, actor=member)
    work()
    done = item.runs.latest("pk")
    assert done.status == "done"
    return done


def again(item: Import) -> None:
    """Everybody who waits is tried now."""
    item.runs.update(next_attempt_at=None)
    work()
    assert item.runs.latest("pk").status == "done"


def assert_right(account: Account) -> None:
    found = catalogue()
    catalogue_rebuild(account=account)
    assert found == catalogue()


def test_it_says_what_the_files_say(
    beta: Account,
    item: Import,
    member: User,
    warehouse: FakeWarehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of several groups of a run, and of a run after it."""
    monkeypatch.setattr("imports.steps.GROUP_ROWS", 20)
    monkeypatch.setattr("imports.steps.settings.IMPORT_BATCH_ROWS", 10)
    with monkeypatch.context() as unread:
        unread.setattr(files, "_survey", None)
        first = run(item, member)
        assert ImportBatch.objects.filter(unit__run=first).count() > 1
        warehouse.rows = pa.concat_tables([warehouse.rows, everything(90).slice(60)])
        second_run = run(item, member)
    assert second_run.rows_imported > 0
    assert LakeState.objects.get().rows == first.rows_imported + second_run.rows_imported
    kinds = EventProperty.objects.get(event_type__name="Paid", name="Number").kinds
    assert kinds == ["integer", "long"]
    assert not EventProperty.objects.filter(event_type__name="Seen", name="Flag").exists()
    assert_right(beta)


def test_a_worker_that_died_behind_the_commit_is_made_up_for(
    beta: Account, item: Import, member: User, unread: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(**arguments: Any) -> None:
        raise TransientError("The worker has died.", code="died", fix="")

    with monkeypatch.context() as dying:
        dying.setattr(landing, "catalogue_catch_up", die)
        import_run_now(item=item, actor=member)
        work()
    assert EventWriter(events_uri(beta.pk)).landed(app_id=landing.app_id(item.runs.get())) == 1
    assert not LakeState.objects.exists()
    again(item)
    monkeypatch.undo()
    assert_right(beta)


def test_commits_of_others_before_and_behind_are_counted_too(
    beta: Account, item: Import, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, whole = EventWriter(events_uri(beta.pk)), landing.catalogue_catch_up
    writer.write(rows_of(event("Ordered", evtData={"Number": "x"})), app_id="t", batch=1)

    def behind(**arguments: Any) -> int:
        writer.write(rows_of(event("Other"), event("Paid")), app_id="t", batch=2)
        return whole(**arguments)

    monkeypatch.setattr(landing, "catalogue_catch_up", behind)
    done = run(item, member)
    assert LakeState.objects.get().rows == done.rows_imported + 3
    assert_right(beta)


def test_a_commit_that_somebody_else_has_surveyed_counts_once(
    beta: Account, item: Import, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = landing.catalogue_catch_up

    def too_late(**arguments: Any) -> int:
        catalogue_catch_up(account=beta)
        return whole(**arguments)

    monkeypatch.setattr(landing, "catalogue_catch_up", too_late)
    done = run(item, member)
    assert LakeState.objects.get().rows == done.rows_imported
    assert_right(beta)


@pytest.mark.parametrize("why", ["too many totals", "from before there was a survey"])
def test_where_it_is_not_told_the_files_are_read(
    beta: Account, item: Import, member: User, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why == "too many totals":
        monkeypatch.setattr(unit, "MOST_TOTALS", 3)
    else:
        monkeypatch.setattr(landing.survey, "from_json", None)
        monkeypatch.setattr(unit, "as_json", lambda found: {})
    done = run(item, member)
    assert not ImportBatch.objects.exclude(survey={}).exists()
    assert LakeState.objects.get().rows == done.rows_imported
    assert_right(beta)


def test_what_is_told_of_other_files_is_not_believed(
    beta: Account, item: Import, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = landing.told

    def of_others(*arguments: Any) -> Any:
        right = told(*arguments)
        assert right is not None
        return type(right)(right.files | {"event_day=2026-01-01/other.parquet"}, landing.Survey())

    monkeypatch.setattr(landing, "told", of_others)
    done = run(item, member)
    assert LakeState.objects.get().rows == done.rows_imported
    assert_right(beta)
