"""Manifests in the bucket of an export, and the proof that nothing is missing."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import BigIntegerField, CharField, Count, Q, QuerySet, Sum, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Concat

from exports.models import Export, ExportRun
from exports.pipeline.naming import RunNames

MANIFESTS = 50
EQUATION = ("rows_counted", "rows_read", "rows_in_files", "rows_in_bucket")


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
    runs = _with_manifest(export).only("export", "run_timestamp", "status", "options")
    if run is not None:
        runs = runs.filter(run_timestamp=run)
    if text:
        # As for files: no name holds NUL, and PostgreSQL refuses to look for it.
        named = runs.annotate(name=_manifest_name_in_sql(export))
        runs = runs.none() if "\0" in text else named.filter(name__icontains=text)
    newest = runs.order_by("-run_timestamp")[:MANIFESTS]
    shown = [(one.run_timestamp, manifest_name(one, export)) for one in newest]
    return Manifests(shown, runs.count() - len(shown))


def _with_manifest(export: Export) -> QuerySet[ExportRun]:
    """The runs of which `manifest_name` tells a name."""
    wanted = Q(options__manifest=True)
    if export.options.get("manifest"):
        wanted |= Q(options={})
    return export.runs.filter(wanted, status=ExportRun.Status.DONE)


def _manifest_name_in_sql(export: Export) -> Concat:
    before, _, after = RunNames(export.request_id, 0, 0).manifest.rpartition("0")
    return Concat(
        Value(before),
        Cast("run_timestamp", CharField()),
        Value(after),
        output_field=CharField(),
    )


def equation_of(export: Export, *, run: int | None) -> dict[str, object] | None:
    """The four counts of one run, or summed up over all finished ones; None before the first."""
    runs = export.runs.filter(reconciliation__isnull=False)
    if run is not None:
        runs = runs.filter(run_timestamp=run)
    counts = {
        name: Sum(Cast(KT(f"reconciliation__{name}"), BigIntegerField())) for name in EQUATION
    }
    listed = Count("pk", filter=Q(reconciliation__bucket_source="listing"))
    sums = runs.order_by().aggregate(runs=Count("pk"), listed=listed, **counts)
    if not sums["runs"]:
        return None
    source = "listing" if sums.pop("listed") == sums["runs"] else "uploads"
    return sums | {"bucket_source": source}
