from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from exports.pipeline.encode import file_extension
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.naming import EventFiles, RunNames, event_slugs
from exports.pipeline.plan import UnitPlan
from exports.pipeline.records import EventRecords
from exports.pipeline.run import Source, UnitResult, run_unit
from tests.fakes.memory import MemoryLedger, MemorySink
from tests.lakes import DAY, open_reader, schemas_of


@dataclass(frozen=True, kw_only=True)
class ReadyPlan(UnitPlan):
    """A plan together with what reads its rows."""

    source: Source


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def make_plan(lake: Path) -> Callable[..., ReadyPlan]:
    """A plan for DAY of the lake as it stands."""

    def make(
        *,
        event_names: tuple[str, ...] | None = None,
        max_bytes: int = 100_000_000,
        format_key: str = "json",
        **options: Any,
    ) -> ReadyPlan:
        reader = open_reader(lake)
        version = reader.version()
        assert version is not None
        counts = reader.counts(
            version=version, first_day=DAY, last_day=DAY, event_names=event_names
        )
        names = sorted({count.event_name for count in counts})
        chosen = EncodeOptions(**options)
        return ReadyPlan(
            files=EventFiles(
                run=RunNames(request_id=1_795_300_000, run_timestamp=1_795_300_060, database_id=0),
                day=DAY,
                extension=file_extension(format_key, chosen),
                slugs=event_slugs(names),
            ),
            records=EventRecords(schemas_of(lake)),
            format_key=format_key,
            options=chosen,
            max_bytes=max_bytes,
            source=partial(reader.scan, version=version, day=DAY, event_names=event_names),
        )

    return make


@pytest.fixture
def export_day(tmp_path: Path) -> Callable[..., UnitResult]:
    """Run one unit against memory fakes."""

    def run(plan: ReadyPlan, sink: MemorySink, ledger: MemoryLedger | None = None) -> UnitResult:
        return run_unit(
            plan,
            source=plan.source,
            sink=sink,
            ledger=ledger or MemoryLedger(),
            scratch_dir=tmp_path,
            still_ours=lambda: None,
        )

    return run
