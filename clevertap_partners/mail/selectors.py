"""Everything that is read about mail."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from clevertap_partners.core.lease import free
from clevertap_partners.mail.models import Mail


def mails_due() -> QuerySet[Mail]:
    """What should go out now and is in nobody's hands, the longest waiting first."""
    return Mail.objects.filter(free(), next_attempt_at__lte=timezone.now()).order_by(
        "next_attempt_at", "pk"
    )


def mails_by_key(*, keys: Iterable[str]) -> dict[str, Mail]:
    """Those of the letters that exist; without their words."""
    mails = Mail.objects.filter(key__in=list(keys)).defer("text", "html")
    return {mail.key: mail for mail in mails}
