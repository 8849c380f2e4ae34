"""What a live list of imports shows of each, and says when that changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from clevertap_partners.core.live import State, columns_of, live_tag
from clevertap_partners.core.templatetags.ui import number
from clevertap_partners.core.translated import translated
from imports import selectors
from imports.models import Import, ImportRun
from imports.showing import Progress

ANNOTATED = ("last_run_at", "has_ended", "judged_number", "judged_imported", "judged_failed")


def tag_of(items: Iterable[Import], runs: Mapping[int, Any]) -> str:
    of_runs = [
        (
            run.pk,
            run.status,
            run.rows_expected,
            run.read_so_far,
            run.failed_so_far,
            run.streams_left,
            run.tails_left,
            run.trouble_code,
        )
        for run in runs.values()
    ]
    return live_tag(columns_of(items, *ANNOTATED), of_runs)


def states_of(items: Iterable[Import], runs: Mapping[int, Any]) -> dict[int, State]:
    """By the import's key."""
    last = last_statuses(item.pk for item in items if item.pk not in runs)
    return {item.pk: state_of(item, runs.get(item.pk), last.get(item.pk)) for item in items}


def last_statuses(keys: Iterable[int]) -> dict[int, str | None]:
    """How the last run of each import stands; None before the first."""
    runs = ImportRun.objects.filter(parent=OuterRef("pk")).order_by("-number")
    found = Import.objects.filter(pk__in=list(keys)).order_by()
    return dict(found.values_list("pk", Subquery(runs.values("status")[:1])))


def state_of(item: Import, run: Any | None, last_status: str | None) -> State:
    name = {"name": item.nickname, "rows": number(item.rows_imported)}
    if item.trouble_code:
        says = _("Import %(name)s needs attention.") % name
        return State("attention", f"{says} {translated(item.trouble_message)}")
    if run is not None:
        key = "waiting" if run.started_at is None else "running"
        says = (
            _("Import %(name)s waits for a worker.")
            if key == "waiting"
            else _("Import %(name)s is running.")
        )
        return State(key, says % name)
    if item.status == Import.Status.STOPPED:
        return State("stopped", _("Import %(name)s is stopped.") % name)
    if last_status is None:
        return State("idle", _("Import %(name)s has not run yet.") % name)
    if last_status != ImportRun.Status.DONE:
        return State("unfinished", _("The last run of import %(name)s was stopped.") % name)
    if selectors.run_without_success(item):
        says = _("The last run of import %(name)s is done, but has imported no row.") % name
        return State("no-success", says, _("Import %(name)s done, no row imported") % name)
    says = _("Import %(name)s is at rest: %(rows)s rows imported so far.") % name
    return State("rest", says, _("Import %(name)s done") % name)


def title_of(item: Import, progress: Progress | None) -> str:
    """Of the page about one import: how far its run is, where that is known."""
    is_known = progress is not None and progress.percent is not None
    return f"{progress.percent} % – {item.nickname}" if is_known and progress else item.nickname
