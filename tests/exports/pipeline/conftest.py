from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.naming import RunNames, event_slugs
from exports.pipeline.plan import UnitPlan
from exports.pipeline.run import UnitResult, run_unit
from tests.fakes.memory import MemoryLedger, MemorySink
from tests.lakes import DAY, open_reader


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def make_plan(lake: Path) -> Callable[..., UnitPlan]:
    """A plan for DAY of the lake as it stands."""

    def make(
        *, event_names: tuple[str, ...] | None = None, max_bytes: int = 100_000_000, **options: Any
    ) -> UnitPlan:
        reader = open_reader(lake)
        version = reader.version()
        assert version is not None
        counts = reader.counts(
            version=version, first_day=DAY, last_day=DAY, event_names=event_names
        )
        return UnitPlan(
            names=RunNames(
                request_id=1_795_300_000,
                run_timestamp=1_795_300_060,
                database_id=0,
                extension="json",
                slugs=event_slugs(count.event_name for count in counts),
            ),
            store_version=version,
            event_day=DAY,
            event_names=event_names,
            format_key="json",
            options=EncodeOptions(**options),
            max_bytes=max_bytes,
        )

    return make


@pytest.fixture
def export_day(lake: Path, tmp_path: Path) -> Callable[..., UnitResult]:
    """Run one unit against memory fakes."""

    def run(plan: UnitPlan, sink: MemorySink, ledger: MemoryLedger | None = None) -> UnitResult:
        return run_unit(
            plan,
            source=open_reader(lake),
            sink=sink,
            ledger=ledger or MemoryLedger(),
            scratch_dir=tmp_path,
            still_ours=lambda: None,
        )

    return run
