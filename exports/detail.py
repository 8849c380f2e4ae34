"""What each tab of an export's page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator

from clevertap_partners.accounts.access import AccountRequest
from exports import delivered, selectors, showing, stats
from exports.models import Export

RUNS_PAGE = 20
FILES_PAGE = 50
INCIDENTS = 10
EVENTS = 50


def overview(request: AccountRequest, export: Export) -> dict[str, Any]:
    return {
        "events": selectors.event_totals(export)[: EVENTS + 1],
        "events_shown": EVENTS,
        "incidents": showing.incidents_of(export)[:INCIDENTS],
        "incidents_count": showing.incidents_of(export).count(),
        "next_clocks": showing.next_clocks(export, request.account.zone),
        "runs_done": export.runs.filter(status="done").count(),
    }


def runs(request: AccountRequest, export: Export) -> dict[str, Any]:
    page = Paginator(showing.runs_of(export), RUNS_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "runs": showing.with_totals(page)}


def files(request: AccountRequest, export: Export) -> dict[str, Any]:
    text = request.GET.get("q", "")
    run = _number(request.GET.get("run", ""))
    found = delivered.files_of(export, text=text, run=run)
    return {
        "files": Paginator(found, FILES_PAGE).get_page(request.GET.get("page")),
        "manifests": delivered.manifests_of(export, text=text, run=run),
        "equation": delivered.equation_of(export, run=run),
        "of_run": run,
    }


def statistics(request: AccountRequest, export: Export) -> dict[str, Any]:
    by, number = request.GET.get("by"), request.GET.get("page")
    zone = request.account.zone
    return {
        "stats": stats.stats_of(export, by=by, number=number, zone=zone),
        "ways": stats.ways(export),
    }


TABS: dict[str, Callable[[AccountRequest, Export], dict[str, Any]]] = {
    "overview": overview,
    "runs": runs,
    "files": files,
    "stats": statistics,
}


def _number(text: str) -> int | None:
    """The run that the address names; of more digits than any run has, none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
