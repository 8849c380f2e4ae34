"""What lies in the bucket of an export: files, manifests, and the proof that nothing is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from exports.models import Export, ExportFile, ExportRun
from exports.pipeline.naming import RunNames

MANIFESTS = 50
EQUATION = ("rows_counted", "rows_read", "rows_in_files", "rows_in_bucket")


def files_of(export: Export, *, text: str, run: int | None) -> QuerySet[ExportFile]:
    """Stored files whose names contain `text`, of one run or of all, the newest run first."""
    files = ExportFile.objects.filter(run__export=export, stored_at__isnull=False)
    if run is not None:
        files = files.filter(run__run_timestamp=run)
    # No name holds NUL, and PostgreSQL refuses to look for it.
    found = files.none() if "\0" in text else files.filter(name__icontains=text)
    return (
        found.select_related("run")
        .defer("run__records", "run__slugs")
        .order_by("-run__run_timestamp", "unit__part", "event_name", "index")
    )


@dataclass(frozen=True)
class Manifests:
    """The newest manifests that were looked for, as run and name; `left_out` are older."""

    shown: list[tuple[int, str]]
    left_out: int = 0


def manifest_name(run: ExportRun, export: Export) -> str:
    """Empty where a run has written none, or not yet."""
    wanted = (run.options or export.options).get("manifest")
    if not wanted or run.status != ExportRun.Status.DONE:
        return ""
    account = export.account_id if export.is_of_profiles else None
    return RunNames(export.request_id, run.run_timestamp, 0, account).manifest


def manifests_of(export: Export, *, text: str, run: int | None) -> Manifests:
    runs = export.runs.only("export", "run_timestamp", "status", "options").order_by(
        "-run_timestamp"
    )
    if run is not None:
        runs = runs.filter(run_timestamp=run)
    names = [(one.run_timestamp, manifest_name(one, export)) for one in runs]
    found = [(at, name) for at, name in names if name and text.lower() in name.lower()]
    return Manifests(found[:MANIFESTS], max(0, len(found) - MANIFESTS))


def equation_of(export: Export, *, run: int | None) -> dict[str, object] | None:
    """The four counts of one run, or summed up over all finished ones; None before the first."""
    runs = export.runs.filter(reconciliation__isnull=False)
    if run is not None:
        runs = runs.filter(run_timestamp=run)
    outcomes: list[Any] = list(runs.values_list("reconciliation", flat=True))
    if not outcomes:
        return None
    sums: dict[str, object] = {
        name: sum(outcome[name] for outcome in outcomes) for name in EQUATION
    }
    listed = all(outcome["bucket_source"] == "listing" for outcome in outcomes)
    return sums | {"runs": len(outcomes), "bucket_source": "listing" if listed else "uploads"}
