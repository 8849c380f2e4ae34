"""manage.py upkeep: compact and vacuum the event store now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.eventstore.upkeep_steps import Upkeep, Wish, upkeep_carry_out
from clevertap_partners.eventstore.upkeep_work import upkeep_now


class Command(BaseCommand):
    help = (
        "Compact the event store and delete what nobody needs any more, for one account or all. "
        "Workers do the same by themselves, once a day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", type=int, help="the account's id (default: all)")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done and change nothing"
        )

    def handle(self, *args: Any, account: int | None, dry_run: bool, **options: Any) -> None:
        failed = [each for each in _accounts(account) if not self._keep_up(each, dry_run)]
        if failed:
            ids = ", ".join(str(each.pk) for each in failed)
            raise CommandError(f"Something was left undone for account {ids}; see above.")

    def _keep_up(self, account: Account, dry_run: bool) -> bool:
        try:
            wish = Wish(account.pk, dry_run=True)
            done = upkeep_carry_out(wish=wish) if dry_run else upkeep_now(account=account)
        except LeaseLost:
            done = None
        if done is None:
            self.stderr.write(f"{account}: a worker is at it just now. Try again later.")
            return False
        self._report(account, done)
        return not done.errors

    def _report(self, account: Account, done: Upkeep) -> None:
        for line in done.said or ["there is nothing to do."]:
            self.stdout.write(f"{account}: {line}")
        for error in done.errors:
            self.stderr.write(f"{account}: {error}")


def _accounts(account_id: int | None) -> list[Account]:
    if account_id is None:
        return list(Account.objects.order_by("pk"))
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise CommandError(f"There is no account {account_id}. The admin lists the accounts.")
    return [account]
