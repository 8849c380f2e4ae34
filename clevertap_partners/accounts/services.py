"""Everything that changes accounts and their audit log."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from clevertap_partners.accounts.models import Account, AuditEntry, Membership, Role
from clevertap_partners.core.changes import Changes, differences
from clevertap_partners.core.english import in_english
from clevertap_partners.core.marking import gettext_noop
from clevertap_partners.core.origin import SYSTEM, WEB, Origin, current_origin

# Every page of an account is a visit; one note a minute is enough to know where somebody was last.
VISIT_NOTED_EVERY = datetime.timedelta(minutes=1)

ROLE = gettext_noop("Role")


def audit_record(
    *,
    account: Account,
    actor: User | None,
    action: str,
    subject: str = "",
    ip: str | None = None,
    changes: Changes | None = None,
) -> AuditEntry:
    """Note one action: `action` is a short fixed phrase such as `export created`.

    `changes` are as `core.changes.differences` gives them. No secrets, neither whole nor in part.
    """
    # A worker may carry out what a person has asked for on a page: then the address tells.
    origin = current_origin() or Origin(via=WEB if ip else SYSTEM)
    return AuditEntry.objects.create(
        account=account,
        actor=actor,
        action=action,
        subject=subject[:200],
        changes=changes or {},
        via=origin.via,
        command=origin.command,
        ip_address=ip or origin.ip,
    )


def visit_record(*, membership: Membership) -> None:
    """Remember that the person was in this account just now."""
    now = timezone.now()
    last = membership.last_visited_at
    if last is None or now - last >= VISIT_NOTED_EVERY:
        Membership.objects.filter(pk=membership.pk).update(last_visited_at=now)


@transaction.atomic
@in_english()
def member_set(
    *,
    account: Account,
    user: User,
    role: Role,
    actor: User | None = None,
    ip: str | None = None,
) -> Membership:
    """Make the person a member in this role, whatever they were before."""
    before = Membership.objects.filter(account=account, user=user).first()
    membership, _ = Membership.objects.update_or_create(
        account=account, user=user, defaults={"role": role}
    )
    if before is None or before.role != role:
        audit_record(
            account=account,
            actor=actor,
            action=gettext_noop("member role changed") if before else gettext_noop("member added"),
            subject=user.get_username(),
            ip=ip,
            changes=differences({ROLE: before and before.get_role_display()}, {ROLE: role.label}),
        )
    return membership


@in_english()
def account_said(account: Account) -> dict[str, Any]:
    """What operators decide about an account, as `differences` compares it."""
    return {
        gettext_noop("Name"): account.name,
        gettext_noop("Plan"): Account.Plan(account.plan).label,
        gettext_noop("Region"): account.region,
        gettext_noop("Time zone"): account.time_zone,
        gettext_noop("Database"): account.database_id,
        gettext_noop("Google Cloud export"): account.google_cloud_export_override,
        gettext_noop("BigQuery import"): account.bigquery_import,
        gettext_noop("Bytes an import may read"): f"{account.import_max_bytes:,}",
    }


def account_record(
    *,
    action: str,
    account: Account,
    actor: User | None,
    before: dict[str, Any] | None = None,
    ip: str | None = None,
) -> None:
    """Note what has changed since `before`, which `account_said` gave; nothing when nothing has."""
    if changes := differences(before or {}, account_said(account)):
        audit_record(
            account=account,
            actor=actor,
            action=action,
            subject=account.name,
            ip=ip,
            changes=changes,
        )
