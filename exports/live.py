"""What a live list of exports shows of each, and says when that changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from clevertap_partners.core.live import State, columns_of, live_tag
from clevertap_partners.core.templatetags.ui import number
from clevertap_partners.core.translated import translated
from exports.models import Export, ExportRun
from exports.progress import Progress


def tag_of(exports: Iterable[Export], runs: Mapping[int, Any]) -> str:
    of_runs = [
        (
            run.pk,
            run.status,
            run.rows_counted,
            run.rows_written,
            run.bytes_written,
            run.files_written,
            run.trouble_code,
        )
        for run in runs.values()
    ]
    return live_tag(columns_of(exports), of_runs)


def states_of(exports: Iterable[Export], runs: Mapping[int, Any]) -> dict[int, State]:
    """By the export's key."""
    last = last_statuses(one.pk for one in exports if one.is_recurring and one.pk not in runs)
    return {one.pk: state_of(one, runs.get(one.pk), last.get(one.pk)) for one in exports}


def last_statuses(keys: Iterable[int]) -> dict[int, str | None]:
    """How the last run of each export stands; None before the first."""
    runs = ExportRun.objects.filter(export=OuterRef("pk")).order_by("-pk")
    found = Export.objects.filter(pk__in=list(keys)).order_by()
    return dict(found.values_list("pk", Subquery(runs.values("status")[:1])))


def state_of(export: Export, run: Any | None, last_status: str | None) -> State:
    name = {"name": str(export), "rows": number(export.rows_written)}
    if export.is_open and export.trouble_code:
        says = _("Export %(name)s needs attention.") % name
        return State("attention", f"{says} {translated(export.trouble_message)}")
    if export.status == Export.Status.DONE:
        says = _("Export %(name)s is done: %(rows)s rows in the bucket.") % name
        return State("done", says, _("Export %(name)s done") % name)
    if export.status == Export.Status.STOPPED:
        return State("stopped", _("Export %(name)s is stopped.") % name)
    if export.is_recurring and run is None:
        if last_status != ExportRun.Status.DONE:
            return State("idle", _("Export %(name)s waits for its next run.") % name)
        says = _("The run of export %(name)s is done; the next one comes by itself.") % name
        return State("waiting", says, _("Run of %(name)s done") % name)
    if export.status == Export.Status.RUNNING:
        return State("running", _("Export %(name)s is running.") % name)
    return State("pending", _("Export %(name)s waits for a worker.") % name)


def title_of(export: Export, progress: Progress | None) -> str:
    """Of the page about one export: how far it is, where that is known."""
    name = _("Export %(name)s") % {"name": str(export)}
    is_known = export.is_open and progress is not None and progress.percent is not None
    return f"{progress.percent} % – {name}" if is_known and progress else name
