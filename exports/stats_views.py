"""The numbers of an export as a file."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.csv_download import csv_download
from exports import stats, stats_table
from exports.screens import find


@account_view(role=Role.MEMBER)
@require_safe
def export_stats_csv(request: AccountRequest, request_id: int) -> HttpResponseBase:
    export = find(request, request_id)
    by = stats.known_way(export, request.GET.get("by"))
    table = stats_table.table_of(export, by=by, zone=request.account.zone)
    return csv_download(name=f"export-{export}-by-{by}.csv", header=table.header, lines=table.lines)
