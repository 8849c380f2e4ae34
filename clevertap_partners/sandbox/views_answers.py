"""What goes wrong on purpose: answers of Google by name, and holds on objects."""

from __future__ import annotations

import urllib.parse
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clevertap_partners.core.translated import translated
from clevertap_partners.sandbox.client import Json
from clevertap_partners.sandbox.console import act, client, find_bucket, sandbox_view
from clevertap_partners.sandbox.forms import AnswerForm, HoldForm
from clevertap_partners.sandbox.gateway.answers import ANSWERS, SIGN_IN


def answers_shown(bucket: str) -> list[Json]:
    """The scripted answers that calls about this bucket get, first those that are due first."""
    found = [fault for fault in client().faults() if fault["answer"]]
    return [
        {**fault, "title": translated(ANSWERS[fault["answer"]].title)}
        for fault in found
        if fault["bucket"] in {"", bucket}
    ]


@sandbox_view
@require_POST
def answer(request: HttpRequest, name: str) -> HttpResponse:
    find_bucket(name)
    back = reverse("sandbox_bucket", args=[name])
    form = AnswerForm(request.POST)
    if not form.is_valid():
        text = _("Choose an answer, and how often: 1 to 1,000 times, or leave it.")
        messages.error(request, text)
        return redirect(back)
    asked = form.cleaned_data
    return act(
        request,
        lambda: _let_google_answer(name, asked),
        done=_("Google answers so now."),
        to=back,
    )


@sandbox_view
@require_POST
def answers_clear(request: HttpRequest, name: str) -> HttpResponse:
    for fault in answers_shown(name):
        client().remove_fault(fault["id"])
    messages.success(request, _("Google answers as usual again."))
    return redirect("sandbox_bucket", name=name)


@sandbox_view
@require_POST
def hold(request: HttpRequest, name: str) -> HttpResponse:
    form = HoldForm(request.POST)
    if not form.is_valid():
        return redirect("sandbox_bucket", name=name)
    found = form.cleaned_data
    query = urllib.parse.urlencode({"name": found["name"]})
    return act(
        request,
        lambda: client().hold(name, found["name"], found["hold"]),
        done=_("The object is on hold.") if found["hold"] else _("The object has no hold."),
        to=f"{reverse('sandbox_object', args=[name])}?{query}",
    )


def _let_google_answer(bucket: str, asked: dict[str, Any]) -> None:
    of_all = ANSWERS[asked["answer"]].calls == SIGN_IN
    client().let_google_answer(
        asked["answer"], bucket="" if of_all else bucket, times=asked["times"]
    )
