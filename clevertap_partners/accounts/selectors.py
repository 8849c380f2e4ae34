"""Everything that is read about accounts and their audit log."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import F, QuerySet

from clevertap_partners.accounts.models import Account, AuditEntry, Membership
from clevertap_partners.core.days import begin_of, end_of

# Stands for who did it where no person did: a command, or the system by itself.
NOBODY = 0


def membership_list(*, user: Any) -> list[Membership]:
    """The accounts of a person, the last visited first."""
    if isinstance(user, AnonymousUser):
        return []
    return list(
        Membership.objects.select_related("account")
        .filter(user=user)
        .order_by(F("last_visited_at").desc(nulls_last=True), "account_id")
    )


def audit_list(
    *,
    account: Account,
    person: int | None = None,
    action: str = "",
    q: str = "",
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> QuerySet[AuditEntry]:
    """The account's audit log, newest first. Days are days of the account's time zone.

    `person` is the key of one, or NOBODY; `q` a part of the subject.
    """
    entries = AuditEntry.objects.filter(account=account).select_related("actor")
    if person is not None:
        entries = entries.filter(actor_id=None if person == NOBODY else person)
    if action:
        entries = entries.filter(action=action)
    if q:
        entries = entries.filter(subject__icontains=q)
    if since:
        entries = entries.filter(at__gte=begin_of(since, account.zone))
    if until:
        entries = entries.filter(at__lt=end_of(until, account.zone))
    return entries


def audit_people(*, account: Account) -> list[User]:
    """Who appears in the account's audit log."""
    actors = AuditEntry.objects.filter(account=account, actor__isnull=False).values("actor")
    return list(User.objects.filter(pk__in=actors).order_by("username"))


def audit_actions(*, account: Account) -> list[str]:
    """Which actions appear in the account's audit log."""
    entries = AuditEntry.objects.filter(account=account).order_by("action")
    return list(entries.values_list("action", flat=True).distinct())
