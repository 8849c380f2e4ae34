"""The third step: when it runs. Then the import begins, or its change is saved."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clevertap_partners.accounts.access import AccountRequest, account_view
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import is_fragment
from clevertap_partners.core.timing import clock, clocks
from imports import schedule
from imports.forms_schedule import ScheduleForm
from imports.models import Import
from imports.wizard import Work, elsewhere, find_work, frame_context, list_url, overtaken, step_url
from imports.wizard_finish import finish

STEP = "schedule"
PAGE = "imports/wizard/schedule.html"
RUNS_SHOWN = 3


@account_view(role=Role.MEMBER, feature=Feature.BIGQUERY_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_schedule(
    request: AccountRequest, import_id: int, *, is_edit: bool = False
) -> HttpResponse:
    work = find_work(request, import_id, is_edit=is_edit)
    if away := elsewhere(work, STEP):
        return away
    form = ScheduleForm(request.POST if request.method == "POST" else None, item=work.item)
    if request.method != "POST":
        return page(request, work, form)
    if "check" in request.POST:
        return checked(request, work, form)
    if "add" in request.POST or "remove" in request.POST:
        return rearranged(request, work, form)
    return gone_on(request, work, form)


def checked(request: AccountRequest, work: Work, form: ScheduleForm) -> HttpResponse:
    """The next runs, asked for at every change; what was chosen is kept on the way."""
    if not work.is_stale and "look" not in request.POST:
        keep(work, form)
    context = {"work": work, **next_runs(form)}
    return render(request, "imports/wizard/_next_runs.html", context)


def rearranged(request: AccountRequest, work: Work, form: ScheduleForm) -> HttpResponse:
    """A row more, or one less."""
    add, remove = request.POST.get("add", ""), request.POST.get("remove", "")
    form = form.with_rows(add=add, remove=remove)
    if not is_fragment(request):
        return page(request, work, form)
    group = add or remove.partition("-")[0]
    context = {
        "rows": form.entries.get(group, []),
        "days_of": group,
        "step_url": request.path,
        "focus_last": bool(add),
    }
    response = render(request, "imports/wizard/_entries.html", context)
    # The next runs are others now.
    response["HX-Trigger"] = "times-changed"
    return response


def gone_on(request: AccountRequest, work: Work, form: ScheduleForm) -> HttpResponse:
    if "back" in request.POST:
        keep(work, form)
        return HttpResponseRedirect(step_url(work, "map"))
    if not form.is_valid():
        return page(request, work, form)
    if not keep(work, form):
        return overtaken(request, work.item)
    if "save" in request.POST:
        return HttpResponseRedirect(list_url(request))
    return finish(work)


def keep(work: Work, form: ScheduleForm) -> bool:
    """Keep what was chosen, once it is a schedule. An interval that stays keeps its beginning."""
    values = form.draft()
    if values is None:
        return True
    saved = work.saved.get("schedule", {})
    # An import that exists ran at once when it was submitted; by hand it is all the same now.
    if saved.get("when") == schedule.NOW and values["schedule"].get("when") == schedule.LATER:
        values["schedule"] = saved
    if {name: value for name, value in saved.items() if name != "anchor"} == values["schedule"]:
        values["schedule"] = saved
    return work.keep(**values)


def next_runs(form: ScheduleForm) -> dict[str, Any]:
    """What `_next_runs.html` shows."""
    values = form.draft()
    if values is None:
        return {"missing": form.missing()}
    now = timezone.now()
    runs = runs_of(form, values, now)
    shown = runs[:RUNS_SHOWN]
    return {
        "clocks": clocks(shown, form.zone, now),
        "begins_at_once": bool(runs) and runs[0] <= now,
        "goes_on": len(runs) > RUNS_SHOWN,
        "by_hand": not runs,
    }


def runs_of(
    form: ScheduleForm, values: dict[str, Any], now: datetime.datetime
) -> list[datetime.datetime]:
    """One more than is shown. What exists already does not begin anew: only its slots are told."""
    count = RUNS_SHOWN + 1
    frequency, chosen = values["frequency"], values["schedule"]
    if form.item.status == Import.Status.DRAFT:
        return schedule.upcoming(frequency, chosen, form.zone, now=now, count=count)
    anchored = {"anchor": now.isoformat(), **chosen}
    return schedule.slots_after(frequency, anchored, form.zone, after=now, count=count)


def page(request: AccountRequest, work: Work, form: ScheduleForm) -> HttpResponse:
    context = {
        **frame_context(request, STEP, work),
        "form": form,
        "clock": clock(timezone.now(), form.zone),
        **(next_runs(form) if form.is_bound else {}),
    }
    return render(request, PAGE, context)
