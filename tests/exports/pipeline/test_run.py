from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from clevertap_partners.core.errors import LeaseLost, PermanentError, TransientError
from clevertap_partners.core.objects import NewObject, StoredObject
from exports.pipeline.run import UnitResult, run_unit
from tests.exports.pipeline.conftest import ReadyPlan
from tests.fakes.memory import MemoryLedger, MemorySink
from tests.lakes import event, write_lake

Make = Callable[..., ReadyPlan]
Run = Callable[..., UnitResult]


def events(name: str, count: int, *, start: int = 0) -> Iterator[dict[str, Any]]:
    for number in range(start, start + count):
        yield event(
            name, at=number % 86_400, record_id=f"{name}-{number:06}", evtData={"n": number}
        )


def numbers(sink: MemorySink, slug: str) -> list[int]:
    """The property `n` of every record of an event, file after file, without first lines."""
    names = [name for name in sink.objects if f"-{slug}-" in name]
    names.sort(key=lambda name: int(name.split("-")[-2]))
    lines = [line for name in names for line in sink.objects[name].splitlines()[1:]]
    return [json.loads(line)["eventProps"]["n"] for line in lines]


def test_it_writes_each_event_into_files_of_its_own(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, [*events("B", 3), *events("A", 2)])
    result = export_day(make_plan(), sink := MemorySink())
    assert (result.rows_read, result.rows_written, result.files) == (5, 5, 2)
    assert numbers(sink, "A") == [0, 1]
    assert numbers(sink, "B") == [0, 1, 2]


def test_it_merges_late_arrivals_into_their_place(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, (e for n in range(0, 90, 3) for e in events("A", 1, start=n)), load="1")
    for load in range(6):
        late = [n for n in range(90) if n % 3 and n % 6 == load]
        write_lake(
            lake,
            [e for n in late for e in events("A", 1, start=n)] + [*events(f"Z{load}", 1)],
            load=f"late{load}",
        )
    export_day(make_plan(), sink := MemorySink())
    assert numbers(sink, "A") == list(range(90))


def test_it_exports_only_the_chosen_events(lake: Path, make_plan: Make, export_day: Run) -> None:
    write_lake(lake, [*events("it's", 2), *events("B", 2)])
    export_day(make_plan(event_names=("it's",)), sink := MemorySink())
    assert [name.split("-")[2] for name in sink.objects] == ["it's"]


def test_it_reads_the_pinned_version_only(lake: Path, make_plan: Make, export_day: Run) -> None:
    write_lake(lake, events("A", 3), load="before")
    plan = make_plan()
    write_lake(lake, events("A", 3, start=3), load="after")
    export_day(plan, sink := MemorySink())
    assert numbers(sink, "A") == [0, 1, 2]


@pytest.mark.parametrize("max_bytes", [300, 1000, 4097])
def test_no_file_is_larger_than_the_limit_and_none_is_empty(
    max_bytes: int, lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, [*events("A", 200), *events("B", 1)])
    export_day(make_plan(max_bytes=max_bytes), sink := MemorySink())
    assert max(len(content) for content in sink.objects.values()) <= max_bytes
    assert all(content.count(b"\n") >= 2 for content in sink.objects.values())
    assert numbers(sink, "A") == list(range(200))


def test_a_record_larger_than_the_limit_is_alone_in_its_file(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    huge = event("A", at=1, evtData={"n": 1, "text": "x" * 5000})
    write_lake(lake, [*events("A", 1), huge, event("A", at=2, evtData={"n": 2})])
    export_day(make_plan(max_bytes=1000), sink := MemorySink())
    assert [content.count(b"\n") - 1 for content in sink.objects.values()] == [1, 1, 1]
    assert numbers(sink, "A") == [0, 1, 2]


def test_writing_again_gives_the_same_bytes(lake: Path, make_plan: Make, export_day: Run) -> None:
    write_lake(lake, [*events("A", 50), *events("B", 50)])
    export_day(make_plan(max_bytes=2000), first := MemorySink())
    export_day(make_plan(max_bytes=2000), second := MemorySink())
    assert first.objects == second.objects
    assert len(first.objects) > 2


def test_a_second_attempt_creates_only_what_is_missing(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, [*events("A", 50), *events("B", 50)])
    plan, sink, ledger = make_plan(max_bytes=2000), MemorySink(), MemoryLedger()
    export_day(plan, sink, ledger)
    everything, lost = dict(sink.objects), sorted(sink.objects)[1]
    del sink.objects[lost], ledger.recorded[lost]
    sink.created = 0
    result = export_day(plan, sink, ledger)
    assert sink.objects == everything
    assert sink.created == 1
    assert result.rows_written == 100


class LosesResponses(MemorySink):
    """Every first answer to a create is lost after the object was written."""

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        super().create(new, body)
        raise TransientError("connection cut", code="connection_lost")


def test_a_lost_response_is_recognised_by_reading_back(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, events("A", 5))
    sink, ledger = LosesResponses(), MemoryLedger()
    with pytest.raises(TransientError):
        export_day(make_plan(), sink, ledger)
    result = export_day(make_plan(), sink, ledger)
    assert result.rows_written == 5
    assert sink.created == 1
    assert next(iter(ledger.recorded.values())).generation == 1


def test_a_lost_response_is_recognised_without_the_right_to_read(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, events("A", 5))
    sink, ledger = LosesResponses(may_read=False), MemoryLedger()
    with pytest.raises(TransientError):
        export_day(make_plan(), sink, ledger)
    assert export_day(make_plan(), sink, ledger).rows_written == 5


@pytest.mark.parametrize("may_read", [True, False])
def test_a_foreign_object_under_our_name_is_neither_overwritten_nor_taken_for_ours(
    may_read: bool, lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, events("A", 5))
    plan, sink = make_plan(), MemorySink(may_read=may_read)
    name = plan.files.name("A", 0)
    sink.objects[name] = b"foreign"
    sink.stored[name] = StoredObject(name, 7, "AAAAAA==", "", 1)
    with pytest.raises(PermanentError) as caught:
        export_day(plan, sink)
    assert caught.value.code == "name_taken"
    assert sink.objects[name] == b"foreign"


def test_it_refuses_to_go_on_when_the_content_is_not_what_the_ledger_says(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, events("A", 5))
    plan, sink, ledger = make_plan(), MemorySink(), MemoryLedger()
    name = plan.files.name("A", 0)
    ledger.recorded[name] = StoredObject(name, 7, "AAAAAA==", "", 1)
    with pytest.raises(PermanentError) as caught:
        export_day(plan, sink, ledger)
    assert caught.value.code == "rerun_differs"


def test_it_stops_as_soon_as_the_lease_is_lost(lake: Path, make_plan: Make, tmp_path: Path) -> None:
    write_lake(lake, events("A", 5))
    sink, plan = MemorySink(), make_plan()

    def lost() -> None:
        raise LeaseLost("gone")

    with pytest.raises(LeaseLost):
        run_unit(
            plan,
            source=plan.source,
            sink=sink,
            ledger=MemoryLedger(),
            scratch_dir=tmp_path,
            still_ours=lost,
        )
    assert not sink.objects


def test_the_true_event_name_and_day_go_into_the_metadata(
    lake: Path, make_plan: Make, export_day: Run
) -> None:
    write_lake(lake, events("a/b ☕", 1))
    export_day(make_plan(), sink := MemorySink())
    (stored,) = sink.stored.values()
    assert stored.metadata == {
        "run": "1795300000-1795300060",
        "event-name": "a/b ☕",
        "event-day": datetime.date(2026, 11, 21).isoformat(),
        "rows": "1",
    }
