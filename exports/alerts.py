"""Tells the account's webhooks what happens to its runs: written down here, sent later.

Call these in the transaction that changes the run: an alert is kept if and only if the change is.
Each may be called again; what was announced once is not announced again.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.webhooks.models import Kind
from clevertap_partners.webhooks.services import alert_announce, date_and_time
from exports.models import Export, ExportFile, ExportRun
from exports.pipeline.naming import RunNames
from integrations.selectors import partner_label

# Event ids are derived from what happened: the same for every webhook, attempt and call.
_EVENTS = uuid.UUID("7c0e7b57-5b5e-4f0f-9d0c-3f1f6b0a51d4")
# Receivers know these names; screens are free to use shorter ones.
_PARTNER_NAMES = {"google-cloud": "Google Cloud Storage"}
_STATUS = {Kind.START: "Initiated", Kind.END: "Completed", Kind.FAILURE: "Failed"}


def run_started(run: ExportRun) -> None:
    _announce(run, Kind.START)


def run_ended(run: ExportRun) -> None:
    """Every file of the run is in the bucket and was counted."""
    _announce(run, Kind.END, details=_totals(run) | {"Manifest": _manifest(run)})


def run_stopped(run: ExportRun) -> None:
    """The run was begun and ends here, with the files that it has written."""
    _announce(run, Kind.END, details=_totals(run), status="Stopped")


def run_failed(run: ExportRun, error: PartnersError) -> None:
    """The run cannot go on: its so-manieth failure. Whoever calls leaves out mere repetitions."""
    details = {
        "Error Code": error.code,
        "Error Message": error.message,
        "Error Fix": error.fix,
    }
    _announce(run, Kind.FAILURE, occasion=str(run.failures), details=details)


def _announce(
    run: ExportRun,
    kind: Kind,
    *,
    occasion: str = "",
    details: dict[str, Any] | None = None,
    status: str = "",
) -> None:
    event_id = uuid.uuid5(_EVENTS, f"{run.pk}-{kind.value}-{occasion}")
    payload = _payload(run, kind) | {"Event Id": str(event_id)} | (details or {})
    if status:
        payload["Status"] = status
    alert_announce(
        account=run.export.account,
        kind=kind,
        event_id=event_id,
        subject=str(run.export),
        payload=payload,
    )


def _payload(run: ExportRun, kind: Kind) -> dict[str, Any]:
    """The six keys that receivers know, in their formats, then what else is worth knowing."""
    export = run.export
    local = timezone.now().astimezone(export.account.zone)
    return {
        "Export Request Id": export.request_id,
        "Partner": _PARTNER_NAMES.get(export.partner) or partner_label(export.partner),
        "Type": "Profiles" if export.is_of_profiles else "Events",
        "Status": _STATUS[kind],
        "Frequency": _frequency(export),
        "Date and Time": date_and_time(local),
        "Alert": kind.value,
        "Account Id": export.account_id,
        "Run Timestamp": run.run_timestamp,
        # A run that failed before it was planned has not taken these over yet.
        "Bucket": run.bucket_name or export.bucket_name,
        "Format": run.format or export.format,
    }


def _frequency(export: Export) -> str:
    if export.frequency == Export.Frequency.RECURRING:
        return f"Every {export.interval_hours} hours"
    return "One Time"


def _totals(run: ExportRun) -> dict[str, int]:
    stored = ExportFile.objects.filter(run=run, stored_at__isnull=False)
    total = stored.aggregate(
        files=Count("pk"), rows=Sum("rows", default=0), size=Sum("bytes", default=0)
    )
    return {"Rows": total["rows"], "Files": total["files"], "Bytes": total["size"]}


def _manifest(run: ExportRun) -> str | None:
    """The manifest's name in the bucket; None for an export without one."""
    if not run.options.get("manifest"):
        return None
    export = run.export
    account = export.account_id if export.is_of_profiles else None
    return RunNames(export.request_id, run.run_timestamp, 0, account).manifest
