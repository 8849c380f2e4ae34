"""The one letter of webhooks: that one was paused, to the account's admins."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse

from clevertap_partners.accounts.models import Account, Membership, Role
from clevertap_partners.mail.rendering import absolute_url, one_line
from clevertap_partners.mail.services import mail_send
from clevertap_partners.webhooks.models import Endpoint


def say_paused(endpoint: Endpoint, *, reason: str, at: datetime.datetime) -> None:
    account = endpoint.account
    mail_send(
        key=f"webhook-paused:{endpoint.pk}:{at.timestamp():.0f}",
        account=account,
        recipients=admins_of(account),
        template="webhook_paused",
        context={
            "webhook": one_line(str(endpoint)),
            "account": one_line(str(account)),
            "reason": reason,
            "url": absolute_url(reverse("alert_list", args=[account.account_id])),
        },
    )


def admins_of(account: Account) -> list[str]:
    """Their e-mails, or the names by which they sign in where those are one."""
    admins = Membership.objects.filter(account=account, role=Role.ADMIN, user__is_active=True)
    people = [admin.user for admin in admins.select_related("user").order_by("pk")]
    texts = [person.email or person.get_username() for person in people]
    return [text for text in texts if is_address(text)]


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
