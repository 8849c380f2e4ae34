"""An account as it is with nothing in it, with a little of everything, and with very much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from clevertap_partners.accounts.models import Account, Role
from clevertap_partners.accounts.security.models import SecondFactor
from tests.browser.screens import little, much, steps
from tests.browser.screens.registry import ADMIN, CAREFUL, LITTLE, MUCH, NEWCOMER, NOTHING, VIEWER
from tests.conftest import PASSWORD, make_person
from tests.services import Sandbox

ACCOUNT_ID = 100_000_000
OTHER_ID = 200_000_000


@dataclass
class World:
    """`things`: what the screens are about, as the arguments of their addresses."""

    account: Account
    people: dict[str, User]
    things: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def address(self, view: str, of: str) -> str:
        if of == "other_account":
            return reverse(view, args=[OTHER_ID])
        below = self.things[of] if of else ()
        try:
            return reverse(view, args=[self.account.pk, *below])
        except NoReverseMatch:
            return reverse(view, args=below)


def make_world(state: str, sandbox: Sandbox) -> World:
    account = Account.objects.create(
        account_id=ACCOUNT_ID, name="Shop", plan=Account.Plan.ENTERPRISE, bigquery_import=True
    )
    other = Account.objects.create(account_id=OTHER_ID, name="Outlet")
    admin = make_person("admin", account, Role.ADMIN)
    other.memberships.create(user=admin, role=Role.ADMIN)
    people = {
        ADMIN: admin,
        VIEWER: make_person("viewer", account, Role.VIEWER),
        CAREFUL: make_person("careful", account, Role.MEMBER),
        NEWCOMER: User.objects.create_user("newcomer@example.com", password=PASSWORD),
    }
    SecondFactor.objects.create(
        user=people[CAREFUL], secret=steps.FACTOR_SECRET, confirmed_at=timezone.now()
    )
    return World(account, people, {**FILLED[state](account, admin, sandbox), "nothing": (1,)})


def nothing(account: Account, person: User, sandbox: Sandbox) -> dict[str, tuple[Any, ...]]:
    return {}


FILLED: dict[str, Callable[[Account, User, Sandbox], dict[str, tuple[Any, ...]]]] = {
    NOTHING: nothing,
    LITTLE: little.fill,
    MUCH: much.fill,
}
