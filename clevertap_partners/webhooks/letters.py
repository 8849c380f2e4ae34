"""The one letter of webhooks: that one was paused, to the account's admins."""

from __future__ import annotations

import datetime

from django.urls import reverse

from clevertap_partners.mail.people import admins_of
from clevertap_partners.mail.rendering import absolute_url, one_line
from clevertap_partners.mail.services import mail_send
from clevertap_partners.webhooks.models import Endpoint


def say_paused(endpoint: Endpoint, *, reason: str, at: datetime.datetime) -> None:
    account = endpoint.account
    mail_send(
        key=f"webhook-paused:{endpoint.pk}:{at.timestamp():.0f}",
        account=account,
        recipients=admins_of(account.pk),
        template="webhook_paused",
        context={
            "webhook": one_line(str(endpoint)),
            "account": one_line(str(account)),
            "reason": reason,
            "url": absolute_url(reverse("alert_list", args=[account.account_id])),
        },
    )
