"""Many changes of people at once: in order, once, and nobody is written who stays as before."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from clevertap_partners.eventstore.people import (
    CHANGES_SCHEMA,
    Outcome,
    PeopleMerge,
    identities_of,
)

NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


def change(identity: str, *, row: int = 0, order: int = 0, **properties: Any) -> dict[str, Any]:
    return {
        "identity": identity,
        "object_id": properties.pop("object_id", None),
        "properties": json.dumps(properties, separators=(",", ":")),
        "seen_at": properties.pop("seen_at", NOON),
        "order_us": order,
        "part": 0,
        "row": row,
    }


class Lake:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uri = str(folder / "profiles")
        self.outcomes: list[Outcome] = []

    def merge(
        self, changes: list[dict[str, Any]], *, app_id: str, people_a_commit: int = 1_000
    ) -> Outcome:
        """Through as many files as there are changes, at most three."""
        names = []
        for number in range(min(3, len(changes))):
            rows = pa.Table.from_pylist(changes[number::3], schema=CHANGES_SCHEMA)
            names.append(f"{app_id}-{number}.parquet")
            pq.write_table(rows, self.folder / names[-1])
        before = len(self.outcomes)
        merge = PeopleMerge(
            self.uri, str(self.folder), names, app_id=app_id, people_a_commit=people_a_commit
        )
        for part in range(1, merge.parts + 1):
            merge.merge(part, self.outcomes.append)
        merge.close()
        told = self.outcomes[before:]
        return Outcome(
            *(sum(getattr(each, name) for each in told) for name in Outcome.__annotations__)
        )

    def people(self) -> dict[str, dict[str, Any]]:
        rows = pa.table(DeltaTable(self.uri).to_pyarrow_table()).to_pylist()
        assert len({row["identity"] for row in rows}) == len(rows)
        return {row["identity"]: row for row in rows}

    def properties(self) -> dict[str, Any]:
        return {key: json.loads(row["properties"]) for key, row in self.people().items()}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_people_are_new_changed_or_unchanged(lake: Lake) -> None:
    first = lake.merge([change("ada", a=1, b=2), change("bob", a=1)], app_id="one")
    second = lake.merge([change("ada", a=1), change("bob", a=3), change("cy", a=4)], app_id="two")
    assert first == Outcome(new=2)
    assert second == Outcome(new=1, changed=1, unchanged=1)
    assert lake.properties() == {"ada": {"a": 1, "b": 2}, "bob": {"a": 3}, "cy": {"a": 4}}


def test_changes_of_one_person_apply_by_their_order_then_by_their_place(lake: Lake) -> None:
    changes = [
        change("ada", row=3, order=10, a="late", b="first"),
        change("ada", row=1, order=20, a="last"),
        change("ada", row=4, order=10, b="second"),
        change("ada", row=2, order=5, a="early", c="kept"),
    ]
    assert lake.merge(changes, app_id="one") == Outcome(new=1)
    assert lake.properties() == {"ada": {"a": "last", "b": "second", "c": "kept"}}


def test_a_part_that_has_landed_lands_once(lake: Lake) -> None:
    people = [change(f"p{number}", row=number, a=number) for number in range(50)]
    assert lake.merge(people, app_id="one", people_a_commit=10).new == 50
    version = DeltaTable(lake.uri).version()
    assert version >= 5
    assert lake.merge(people, app_id="one", people_a_commit=10) == Outcome()
    assert DeltaTable(lake.uri).version() == version


def test_whom_nothing_changes_is_not_written_again(lake: Lake) -> None:
    lake.merge([change("ada", a=1)], app_id="one")
    before = lake.people()["ada"]
    later = NOON + datetime.timedelta(days=1)
    lake.merge([change("ada", a=1) | {"seen_at": later}], app_id="two")
    assert lake.people()["ada"] == before
    lake.merge([change("ada", a=2) | {"seen_at": later}], app_id="three")
    assert lake.people()["ada"]["last_seen_at"] == later
    assert lake.people()["ada"]["created_at"] == NOON


def test_clevertap_ids_lead_to_people(lake: Lake) -> None:
    lake.merge([change("ada", object_id="o1"), change("bob")], app_id="one")
    found = identities_of(lake.uri, pa.array(["o1", "o2", None]))
    assert found.to_pylist() == ["ada", None, None]
    assert identities_of(f"{lake.uri}-none", pa.array(["o1"])).to_pylist() == [None]


_VALUES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), max_size=3)
_CHANGES = st.lists(
    st.tuples(st.sampled_from(["ada", "bob", "cy", 'dé"e']), st.integers(0, 3), _VALUES), min_size=1
)


@settings(max_examples=25, deadline=None)
@given(runs=st.lists(_CHANGES, min_size=1, max_size=3))
def test_any_runs_leave_what_a_dictionary_would_hold(
    tmp_path_factory: pytest.TempPathFactory, runs: list[Any]
) -> None:
    lake = Lake(tmp_path_factory.mktemp("people"))
    known: dict[str, dict[str, int]] = {}
    for number, run in enumerate(runs):
        changes = [
            change(identity, row=row, order=order, **values)
            for row, (identity, order, values) in enumerate(run)
        ]
        before = {key: dict(values) for key, values in known.items()}
        for each in sorted(changes, key=lambda each: (each["order_us"], each["row"])):
            known.setdefault(each["identity"], {}).update(json.loads(each["properties"]))
        told = lake.merge(changes, app_id=f"run-{number}", people_a_commit=2)
        touched = {each["identity"] for each in changes}
        assert told == Outcome(
            new=len(touched - before.keys()),
            changed=sum(before[key] != known[key] for key in touched & before.keys()),
            unchanged=sum(before[key] == known[key] for key in touched & before.keys()),
        )
        assert lake.properties() == known
