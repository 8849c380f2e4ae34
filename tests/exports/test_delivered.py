"""What the files tab says of manifests and counts, and what the list says is in the bucket."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from exports import delivered
from exports.delivered import equation_of, manifests_of
from exports.models import Export, ExportFile, ExportRun
from exports.showing import export_rows
from integrations.models import Connection
from tests.states import count_files

pytestmark = pytest.mark.django_db

DONE, RUNNING, STOPPED = ExportRun.Status.DONE, ExportRun.Status.RUNNING, ExportRun.Status.STOPPED


@pytest.fixture
def export(saved_connection: Connection, make_export: Callable[..., Export]) -> Export:
    export = make_export(saved_connection)
    export.runs.all().delete()
    return export


def add_run(export: Export, number: int, status: str = DONE, **values: Any) -> ExportRun:
    known = {"window": f"w{number}", "run_timestamp": number, "status": status}
    return ExportRun.objects.create(export=export, **known, **values)


def add_file(run: ExportRun, name: str, *, rows: int, size: int, is_stored: bool = True) -> None:
    unit, _ = run.units.get_or_create(part=0, defaults={"rows_counted": run.rows_counted})
    ExportFile.objects.create(
        export=run.export,
        run=run,
        unit=unit,
        name=name,
        event_day=datetime.date(2026, 11, 1),
        index=0,
        rows=rows,
        bytes=size,
        stored_at=timezone.now() if is_stored else None,
    )


def outcome(rows: int, source: str = "listing") -> dict[str, Any]:
    return dict.fromkeys(delivered.EQUATION, rows) | {"bucket_source": source}


def names(export: Export, *, text: str = "", run: int | None = None) -> list[str]:
    return [name for _, name in manifests_of(export, text=text, run=run).shown]


def test_only_finished_runs_that_want_one_have_a_manifest(export: Export) -> None:
    export.options["manifest"] = True
    add_run(export, 1, options={"manifest": True})
    add_run(export, 2, options={"manifest": False})
    add_run(export, 3)
    add_run(export, 4, RUNNING, options={"manifest": True})
    assert names(export) == [f"{export}-3-manifest.json", f"{export}-1-manifest.json"]
    export.options["manifest"] = False
    assert names(export) == [f"{export}-1-manifest.json"]


def test_a_manifest_is_found_by_any_part_of_its_name(export: Export) -> None:
    for number in (170, 271):
        add_run(export, number, options={"manifest": True})
    assert names(export, text="-170-MANI") == [f"{export}-170-manifest.json"]
    assert len(names(export, text=f"{export}-")) == 2
    assert names(export, text="7", run=271) == [f"{export}-271-manifest.json"]
    assert names(export, text="%") == []
    assert names(export, text="a\0") == []


def test_the_newest_manifests_are_shown_and_the_others_counted(export: Export) -> None:
    for number in range(delivered.MANIFESTS + 3):
        add_run(export, number, options={"manifest": True})
    found = manifests_of(export, text="", run=None)
    assert [at for at, _ in found.shown] == list(range(delivered.MANIFESTS + 2, 2, -1))
    assert found.left_out == 3


def test_the_counts_of_finished_runs_are_summed_up(export: Export) -> None:
    assert equation_of(export, run=None) is None
    add_run(export, 1, reconciliation=outcome(2**40))
    add_run(export, 2, reconciliation=outcome(5))
    add_run(export, 3, RUNNING)
    total = dict.fromkeys(delivered.EQUATION, 2**40 + 5)
    assert equation_of(export, run=None) == {**total, "runs": 2, "bucket_source": "listing"}
    assert equation_of(export, run=2) == {**outcome(5), "runs": 1}
    assert equation_of(export, run=3) is None


def test_one_run_that_could_not_be_listed_is_said_of_all(export: Export) -> None:
    add_run(export, 1, reconciliation=outcome(1))
    add_run(export, 2, reconciliation=outcome(1, "upload answers"))
    found = equation_of(export, run=None)
    assert found is not None
    assert found["bucket_source"] == "uploads"


def test_the_list_counts_what_is_in_the_bucket_of_every_run(export: Export) -> None:
    for number, status in enumerate((DONE, DONE, STOPPED, RUNNING), 1):
        full = status == DONE
        run = add_run(
            export,
            number,
            status,
            rows_counted=10 * number,
            files_delivered=int(full),
            bytes_delivered=100 * full,
        )
        add_file(run, "a", rows=10 * number if full else 1, size=100)
        add_file(run, "b", rows=1_000, size=1_000, is_stored=False)
    count_files(export)
    shown = export_rows(account=export.account).get()
    assert (shown.rows_written, shown.bytes_written, shown.files_written) == (32, 400, 4)


def test_the_list_counts_nothing_before_the_first_file(export: Export) -> None:
    shown = export_rows(account=export.account).get()
    assert (shown.rows_written, shown.bytes_written, shown.files_written) == (0, 0, 0)
