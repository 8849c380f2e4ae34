"""What the sandbox's receiver of webhooks got, and how it answers."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clevertap_partners.core.drawer import is_fragment
from clevertap_partners.sandbox.client import Json
from clevertap_partners.sandbox.console import client, moment, sandbox_view
from clevertap_partners.webhooks.models import Endpoint
from clevertap_partners.webhooks.signing import is_signed

SHOWN = 50
ANSWERS = {
    "ok": gettext_lazy("200, as it should"),
    "error": gettext_lazy("500, an error"),
    "busy": gettext_lazy("503, come back later"),
    "gone": gettext_lazy("410, gone for good"),
    "redirect": gettext_lazy("302, a redirect"),
    "drip": gettext_lazy("200, but dripping"),
    "hang": gettext_lazy("nothing, it hangs"),
}


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label=gettext_lazy("The next alert is answered with"), choices=ANSWERS.items()
    )


@sandbox_view
@require_safe
def hook_list(request: HttpRequest) -> HttpResponse:
    state = client().hooks()
    context = {
        "received": [hook_shown(one) for one in state["received"][:SHOWN]],
        "form": AnswerForm(initial={"answer": state["answer"]}),
        "address": f"{settings.SANDBOX_URL}/hooks/<name>",
    }
    template = "_hook_rows.html" if is_fragment(request) else "hooks.html"
    return render(request, f"sandbox/{template}", context)


@sandbox_view
@require_POST
def hook_answer(request: HttpRequest) -> HttpResponse:
    form = AnswerForm(request.POST)
    if form.is_valid():
        answer = form.cleaned_data["answer"]
        client().answer_hooks_with(answer)
        text = _("The receiver answers from now on: {answer}.")
        messages.success(request, text.format(answer=ANSWERS[answer]))
    return redirect("sandbox_hooks")


@sandbox_view
@require_POST
def hook_clear(request: HttpRequest) -> HttpResponse:
    client().forget_hooks()
    messages.success(request, _("What was received is forgotten; the receiver answers 200 again."))
    return redirect("sandbox_hooks")


def hook_shown(received: Json) -> dict[str, Any]:
    return {
        **received,
        "received_at": moment(received["received_at"]),
        "answer": ANSWERS.get(received["answer"], received["answer"]),
        "kind": received["headers"]["partners-event-kind"],
        "event_id": received["headers"]["partners-event-id"],
        "attempt": received["headers"]["partners-delivery-attempt"],
        "pretty": pretty(received["body"]),
        "signature": signature_state(received),
    }


def pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


def signature_state(received: Json) -> str:
    """`verified`, `wrong`, or `unknown` where no webhook has this address any more.

    Checked as of the moment of receipt, with the secrets that the webhooks have now.
    """
    url = f"{settings.SANDBOX_URL}/hooks/{received['name']}"
    secrets = [
        str(each) for each in Endpoint.objects.filter(url=url).values_list("secret", flat=True)
    ]
    if not secrets:
        return "unknown"
    header, body = received["headers"]["partners-signature"], received["body"].encode()
    now = received["received_at"]
    fits = any(is_signed(secret=each, body=body, header=header, now=now) for each in secrets)
    return "verified" if fits else "wrong"
