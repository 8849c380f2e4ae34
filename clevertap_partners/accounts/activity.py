"""Who changed what in an account: as a page, and as a file to take away."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.forms import AuditFilterForm
from clevertap_partners.accounts.models import AuditEntry, Role
from clevertap_partners.core.csv_download import MOST_LINES, csv_download
from clevertap_partners.core.english import in_english
from clevertap_partners.core.paging import page_of

HEADER = ("When", "Who", "Via", "What", "Subject", "Changes", "From")


@account_view(role=Role.ADMIN)
@require_safe
def activity(request: AccountRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET, account=request.account)
    context = {
        "form": form,
        "page": page_of(form.entries(), request.GET),
        "chosen": form.chosen(),
        "filtered": bool(form.chosen()) or not form.is_valid(),
    }
    return render(request, "accounts/activity.html", context)


@account_view(role=Role.ADMIN)
@require_safe
def activity_csv(request: AccountRequest) -> HttpResponseBase:
    """What the page shows with the same filters, on all its pages."""
    found = AuditFilterForm(request.GET, account=request.account).entries()
    # One more than are sent tells that there are more; a database may prepare all it is asked for.
    entries = found[: MOST_LINES + 1]
    zone = request.account.zone
    return csv_download(
        name=f"activity-{request.account.account_id}.csv",
        header=HEADER,
        lines=(_cells(entry, zone) for entry in entries.iterator()),
    )


@in_english()
def _cells(entry: AuditEntry, zone: zoneinfo.ZoneInfo) -> Sequence[object]:
    return (
        entry.at.astimezone(zone).isoformat(timespec="seconds"),
        entry.who,
        entry.get_via_display(),
        entry.action,
        entry.subject,
        "; ".join(f"{label}: {old or '–'} → {new or '–'}" for label, old, new in entry.diff),
        entry.ip_address,
    )
