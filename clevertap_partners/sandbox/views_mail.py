"""The mail that was sent while the sandbox received it."""

from __future__ import annotations

import re
from typing import Any

from csp.decorators import csp
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from clevertap_partners.core.paging import page_size
from clevertap_partners.sandbox.console import sandbox_view
from clevertap_partners.sandbox.mailbox.store import Received, Store

_LINK = re.compile(r"https?://[^\s<>\"]+")
# A letter runs nothing, loads nothing and does not know who looks at it; its links open in a tab.
LETTER_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@sandbox_view
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    per_page = page_size(request.GET.get("per_page"))
    page = Paginator(store().ids(), per_page).get_page(request.GET.get("page"))
    mails = [mail for mail_id in page if (mail := store().get(mail_id))]
    context: dict[str, Any] = {"page": page, "per_page": per_page, "mails": mails}
    return render(request, "sandbox/mail_list.html", context)


@sandbox_view
@require_safe
def mail_detail(request: HttpRequest, mail_id: str) -> HttpResponse:
    mail = find(mail_id)
    links = list(dict.fromkeys(_LINK.findall(mail.text)))
    return render(request, "sandbox/mail_detail.html", {"mail": mail, "links": links})


@sandbox_view
@require_safe
@xframe_options_sameorigin
@csp(LETTER_POLICY)  # type: ignore[arg-type]  # typed for views without arguments
def mail_html(request: HttpRequest, mail_id: str) -> HttpResponse:
    """The letter as HTML, for the frame on its page."""
    html = find(mail_id).html
    opens_tabs = '<base target="_blank">'
    start, head, rest = html.partition("<head>")
    whole = f"{start}{head}{opens_tabs}{rest}" if head else opens_tabs + html
    return HttpResponse(whole, headers={"Referrer-Policy": "no-referrer"})


@sandbox_view
@require_POST
def mail_clear(request: HttpRequest) -> HttpResponse:
    store().clear()
    messages.success(request, _("The mailbox is empty."))
    return redirect("sandbox_mail_list")


def store() -> Store:
    return Store(settings.SANDBOX_MAIL_DIR)


def find(mail_id: str) -> Received:
    """Raises Http404."""
    mail = store().get(mail_id)
    if mail is None:
        raise Http404("The sandbox has no such mail.")
    return mail
