"""What each tab of an export's page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.access import AccountRequest
from exports import files_tab, selectors, showing, stats
from exports.models import Export

RUNS_PAGE = 20
INCIDENTS = 10
EVENTS = 50
# To add up more files takes a moment, and this tab is looked at every other second.
MOST_FILES = 20_000


def overview(request: AccountRequest, export: Export) -> dict[str, Any]:
    is_large = export.files_written > MOST_FILES
    return {
        "events": [] if is_large else selectors.event_totals(export)[: EVENTS + 1],
        "events_elsewhere": is_large,
        "events_shown": EVENTS,
        "incidents": showing.incidents_of(export)[:INCIDENTS],
        "incidents_count": showing.incidents_of(export).count(),
        "next_clocks": showing.next_clocks(export, request.account.zone),
        "runs_done": export.runs.filter(status="done").count(),
    }


def runs(request: AccountRequest, export: Export) -> dict[str, Any]:
    page = Paginator(showing.runs_of(export), RUNS_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "runs": showing.with_totals(page)}


def statistics(request: AccountRequest, export: Export) -> dict[str, Any]:
    by, number = request.GET.get("by"), request.GET.get("page")
    zone = request.account.zone
    return {
        "stats": stats.stats_of(export, by=by, number=number, zone=zone),
        "ways": [(way, WAYS[way]) for way in stats.ways(export)],
    }


WAYS = {
    "day": _("By day"),
    "week": _("By week"),
    "month": _("By month"),
    "event": _("By event"),
    "run": _("By run"),
    "lateness": _("By lateness"),
}
TABS: dict[str, Callable[[AccountRequest, Export], dict[str, Any]]] = {
    "overview": overview,
    "runs": runs,
    "files": files_tab.files,
    "stats": statistics,
}
LABELS = {
    "overview": _("Overview"),
    "runs": _("Runs"),
    "files": _("Files"),
    "stats": _("Stats"),
}


def tabs() -> list[dict[str, Any]]:
    """For `components/_tabs.html`."""
    return [{"key": key, "label": LABELS[key]} for key in TABS]
