"""When an account's lake is compacted and vacuumed: hourly a look, once a day everything.

The row is the truth. A worker claims it and works for a slice of time; what is left over waits
until workers are free again, so that no export waits long.
"""

from __future__ import annotations

import datetime

from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import free
from clevertap_partners.core.queue import ring, waiting
from clevertap_partners.eventstore.models import LakeUpkeep

TASK = "clevertap_partners.eventstore.tasks.run_upkeep"
HOURLY = datetime.timedelta(hours=1)
DAILY = datetime.timedelta(days=1)
# So many accounts' upkeep at a time, however many workers there are.
AT_ONCE = 2
NEW_AT_ONCE = 500
# More than a slice takes, and the merge that began just before its end.
TIMEOUT_S = 1_800


def upkeep_tick() -> None:
    """A scheduler tick: ring for lakes that are due, while nothing else waits for a worker."""
    _add_new_accounts()
    now = timezone.now()
    running = LakeUpkeep.objects.filter(lease_until__gte=now).count()
    due = LakeUpkeep.objects.filter(free(), next_at__lte=now).order_by("next_at", "account_id")
    account_ids = list(due.values_list("account_id", flat=True)[: max(AT_ONCE - running, 0)])
    if account_ids and not waiting():
        for account_id in account_ids:
            ring(TASK, account_id, timeout_s=TIMEOUT_S)


def upkeep_request(*, account: Account) -> None:
    """Have everything done as soon as a worker is free, vacuum included."""
    now = timezone.now()
    LakeUpkeep.objects.update_or_create(
        account=account, defaults={"next_at": now, "vacuumed_at": None}
    )
    ring(TASK, account.pk, timeout_s=TIMEOUT_S)


def _add_new_accounts() -> None:
    """Their first turn is in an hour: whoever begins with an account loads and exports first."""
    first = timezone.now() + HOURLY
    missing = Account.objects.filter(lake_upkeep=None)[:NEW_AT_ONCE]
    rows = [LakeUpkeep(account=account, next_at=first) for account in missing]
    if rows:
        LakeUpkeep.objects.bulk_create(rows, ignore_conflicts=True)
