"""An account and a person to try everything with; for the sandbox only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.models import Account, Role, validate_time_zone
from clevertap_partners.accounts.services import account_record, member_set
from clevertap_partners.core.commands import NotedCommand

ACCOUNT_ID = 100_000_000
ACCOUNT_NAME = "Lindenhof Outfitters"
USERNAME = "demo@example.com"
PASSWORD = "partners-demo"  # noqa: S105  (printed at every start; the sandbox holds nothing real)


class Command(NotedCommand):
    help = "Make the demo account and its person, or leave them as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--time-zone", default="UTC", help="such as Europe/Berlin")
        parser.add_argument("--password", default=PASSWORD, help="for a person who is new")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("The demo account exists in the sandbox only; this is not one.")
        with transaction.atomic():
            account = demo_account(options["time_zone"])
            user, is_new = demo_user(options["password"])
            member_set(account=account, user=user, role=Role.ADMIN)
        state = f"password {options['password']}" if is_new else "password as before"
        self.stdout.write(f"Demo account {account}: sign in as {user.username}, {state}.")


def demo_account(time_zone: str) -> Account:
    try:
        validate_time_zone(time_zone)
    except ValidationError as error:
        raise CommandError(error.message) from error
    account, is_new = Account.objects.get_or_create(
        account_id=ACCOUNT_ID,
        defaults={
            "name": ACCOUNT_NAME,
            "plan": Account.Plan.ENTERPRISE,
            "time_zone": time_zone,
            "bigquery_import": True,
        },
    )
    if is_new:
        account_record(action=gettext_noop("account created"), account=account, actor=None)
    return account


def demo_user(password: str) -> tuple[User, bool]:
    """The person, and whether it is new: only then has the password been set."""
    user, is_new = User.objects.get_or_create(
        username=USERNAME,
        defaults={
            "email": USERNAME,
            "first_name": "Dana",
            "last_name": "Linden",
            "is_staff": True,
            "is_superuser": True,
        },
    )
    if is_new:
        user.set_password(password)
        user.save(update_fields=["password"])
    return user, is_new
