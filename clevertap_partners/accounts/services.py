"""Everything that changes accounts and their audit log."""

from __future__ import annotations

from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Account, AuditEntry


def audit_record(
    *, account: Account, actor: User | None, action: str, subject: str = "", ip: str | None = None
) -> AuditEntry:
    """Note one action. `action` is a short fixed phrase such as `export created`; never a secret."""
    return AuditEntry.objects.create(
        account=account, actor=actor, action=action, subject=subject[:200], ip_address=ip
    )
