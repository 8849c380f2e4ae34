"""The numbers of an import as a file."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.csv_download import csv_download
from imports import stats
from imports.screens import find


@account_view(role=Role.MEMBER, feature=Feature.BIGQUERY_IMPORT)
@require_safe
def import_stats_csv(request: AccountRequest, import_id: int) -> HttpResponseBase:
    item = find(request, import_id)
    by = stats.known_way(request.GET.get("by"))
    table = stats.table_of(item, by=by, zone=request.account.zone)
    name = f"{slugify(item.nickname) or f'import-{item.pk}'}-by-{by}.csv"
    return csv_download(name=name, header=table.header, lines=table.lines)
