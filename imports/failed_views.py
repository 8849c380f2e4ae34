"""Failed rows as files to take away, and another try for them."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clevertap_partners.accounts.access import AccountRequest, account_view, ip_of
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.downloads import attachment
from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.faults import error
from imports import faults, services
from imports.failed_rows import FailedRows
from imports.failed_tab import wanted_by
from imports.models import ImportRun
from imports.reasons import sentence_for
from imports.refusals import said
from imports.screens import detail_url, find_run

FEATURE = Feature.BIGQUERY_IMPORT


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_safe
def import_failed_csv(request: AccountRequest, import_id: int, number: int) -> HttpResponseBase:
    run = find_run(request, import_id, number)
    found = FailedRows(run, sentence_for(run))
    if not found.are_there():
        return gone(request, run)
    return download(run, found.csv(wanted_by(request)), "csv", "text/csv; charset=utf-8")


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_safe
def import_failed_ndjson(request: AccountRequest, import_id: int, number: int) -> HttpResponseBase:
    run = find_run(request, import_id, number)
    found = FailedRows(run, sentence_for(run))
    if not found.are_there():
        return gone(request, run)
    return download(run, found.ndjson(wanted_by(request)), "ndjson", "application/x-ndjson")


@account_view(role=Role.MEMBER, feature=FEATURE)
@require_POST
def import_retry_failed(request: AccountRequest, import_id: int, number: int) -> HttpResponse:
    run = find_run(request, import_id, number)
    try:
        again = services.import_retry_failed_rows(run=run, actor=request.user, ip=ip_of(request))
    except PermanentError as refusal:
        messages.warning(request, said(refusal))
        return redirect(failed_url(run))
    text = _("The failed rows of run {number} are tried again in run {again}.")
    messages.success(request, text.format(number=number, again=again.number))
    return redirect(f"{detail_url(run.parent)}?tab=runs")


def download(run: ImportRun, texts: Iterator[str], ending: str, kind: str) -> StreamingHttpResponse:
    """As it is read, piece by piece: nobody waits for the whole, and memory holds none."""
    name = slugify(run.parent.nickname) or f"import-{run.parent_id}"
    file_name = f"{name}-run-{run.number}-failed-rows.{ending}"
    return attachment(file_name, kind, texts)


def gone(request: AccountRequest, run: ImportRun) -> HttpResponse:
    gone = error(faults.FAILED_ROWS_GONE, number=run.number)
    messages.info(request, said(gone))
    return redirect(failed_url(run))


def failed_url(run: ImportRun) -> str:
    return f"{detail_url(run.parent)}?tab=failed&run={run.number}"
