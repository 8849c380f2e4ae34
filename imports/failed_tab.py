"""The tab with the failed rows of one run: why they failed, and which they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.access import AccountRequest
from clevertap_partners.core.faults import error
from clevertap_partners.core.translated import translated
from imports import faults, selectors, showing
from imports.failed_rows import FailedRow, FailedRows, RowsExpired, Wanted
from imports.models import Import, ImportRun
from imports.reasons import reasons_of, sentence_for

PER_PAGE = 20
RUNS_OFFERED = 50
MAX_TEXT = 200
# Of imports that run no more, or not now.
NOT_ACTIVE = {
    Import.Status.DRAFT: gettext_noop("This import is a draft."),
    Import.Status.PAUSED: gettext_noop("This import is paused."),
    Import.Status.STOPPED: gettext_noop("This import is stopped."),
}


def failed(request: AccountRequest, item: Import) -> dict[str, Any]:
    """The run that the address names, else the newest in which a row has failed."""
    offered = list(selectors.runs_with_failures(item)[:RUNS_OFFERED])
    run = _run_named(item, request.GET.get("run", "")) or next(iter(offered), None)
    context = {"runs": offered, "run": run}
    return context | _of_run(request, item, run) if run else context


def _of_run(request: AccountRequest, item: Import, run: ImportRun) -> dict[str, Any]:
    run.parent = item
    wanted = wanted_by(request)
    found = FailedRows(run, sentence_for(run, say=_))
    reasons = reasons_of(run)
    is_there = found.are_there()
    page = _page(found, wanted, request.GET.get("page")) if is_there else None
    return {
        "wanted": wanted,
        "reasons": reasons,
        "reason": next((one for one in reasons if one.key == wanted_key(wanted)), None),
        "failed_rows": selectors.rows_failed(run),
        "kept": found.kept,
        "parts": found.parts,
        "page": page,
        # A page without rows is no reason to say that they are gone.
        "is_there": page is not None,
        "retry": retry_of(run, is_there=page is not None),
    }


def wanted_by(request: AccountRequest) -> Wanted:
    """What the address asks for: `reason` is a code, or a code and a column."""
    code, _, column = request.GET.get("reason", "").partition(":")
    return Wanted(code, column, request.GET.get("q", "").strip()[:MAX_TEXT])


def wanted_key(wanted: Wanted) -> str:
    return f"{wanted.code}:{wanted.column}"


def _page(found: FailedRows, wanted: Wanted, number: str | None) -> Page[FailedRow] | None:
    """None when the rows are no longer there."""
    try:
        asked = number_of(number) or 1
        these = found.page(wanted, number=asked, per_page=PER_PAGE)
        pages: Paginator[Any] = Paginator(range(these.count), PER_PAGE)
        nearest = pages.get_page(asked).number
        if nearest != asked:
            these = found.page(wanted, number=nearest, per_page=PER_PAGE)
    except RowsExpired:
        return None
    return Page(these.rows, nearest, pages)


@dataclass(frozen=True)
class Retry:
    """Whether the failed rows of a run can be tried again; if not, `why_not` says it."""

    why_not: str = ""
    tried_in: ImportRun | None = None


def retry_of(run: ImportRun, *, is_there: bool) -> Retry:
    if run.status in ImportRun.OPEN:
        return Retry(_("This run is still under way; wait for its end."))
    others = run.parent.runs.exclude(status=ImportRun.Status.STOPPED)
    if tried := others.filter(failed_rows_of=run).only("number", "parent").first():
        text = _("They were tried again in run {number}.")
        return Retry(text.format(number=tried.number), tried)
    if showing.is_read_again(run):
        return _read_again(run)
    if not is_there:
        return Retry(_("They are not kept any more. Run the import again from the source."))
    if why_not := NOT_ACTIVE.get(Import.Status(run.parent.status)):
        return Retry(_(why_not))
    if run.parent.runs.filter(status__in=ImportRun.OPEN).exists():
        return Retry(_("Another run is under way; wait for its end."))
    return Retry()


def _read_again(run: ImportRun) -> Retry:
    """Of a run that the import has not gone on from: another one reads all of its rows."""
    done = run.parent.runs.filter(status=ImportRun.Status.DONE, number__gt=run.number)
    of_source = done.exclude(trigger=ImportRun.Trigger.FAILED_ROWS).order_by("number")
    if later := of_source.only("number", "parent").first():
        text = _("Run {number} has read these rows again.")
        return Retry(text.format(number=later.number), later)
    refused = error(faults.FAILED_ROWS_READ_AGAIN, number=run.number)
    return Retry(f"{translated(refused.message)} {translated(refused.fix)}")


def _run_named(item: Import, number: str) -> ImportRun | None:
    named = number_of(number)
    return selectors.runs_of(item).filter(number=named).first() if named else None


def number_of(text: str | None) -> int | None:
    """A number from 1 as the address has it; None for what is none, or beyond any."""
    text = text or ""
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 10 else None
