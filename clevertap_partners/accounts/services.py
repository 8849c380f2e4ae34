"""Everything that changes accounts and their audit log."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account, AuditEntry, Membership, Role

# Every page of an account is a visit; one note a minute is enough to know where somebody was last.
VISIT_NOTED_EVERY = datetime.timedelta(minutes=1)


def audit_record(
    *, account: Account, actor: User | None, action: str, subject: str = "", ip: str | None = None
) -> AuditEntry:
    """Note one action: `action` is a short fixed phrase such as `export created`. No secrets."""
    return AuditEntry.objects.create(
        account=account, actor=actor, action=action, subject=subject[:200], ip_address=ip
    )


def visit_record(*, membership: Membership) -> None:
    """Remember that the person was in this account just now."""
    now = timezone.now()
    last = membership.last_visited_at
    if last is None or now - last >= VISIT_NOTED_EVERY:
        Membership.objects.filter(pk=membership.pk).update(last_visited_at=now)


def member_set(*, account: Account, user: User, role: Role) -> Membership:
    """Make the person a member in this role, whatever they were before."""
    membership, _ = Membership.objects.update_or_create(
        account=account, user=user, defaults={"role": role}
    )
    return membership
