"""The people of every test: two accounts, three roles in the first, a stranger from the second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clevertap_partners.accounts.models import Account, Membership, Role

pytest_plugins = ["tests.services", "tests.mailbox"]

NOT_WELL = ("failed", "error")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """The names alone, last of all: some failures have pages to say."""
    yield
    for outcome in NOT_WELL:
        for report in terminalreporter.stats.get(outcome, []):
            terminalreporter.write_line(f"{outcome}: {report.nodeid} ({report.when})")


PASSWORD = "a long enough password"


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.create(
        account_id=100_000_000, name="Shop", plan=Account.Plan.ENTERPRISE, time_zone="UTC"
    )


@pytest.fixture
def other_account(db: None) -> Account:
    return Account.objects.create(
        account_id=200_000_000, name="Another shop", plan=Account.Plan.ENTERPRISE
    )


def make_person(name: str, account: Account, role: Role) -> User:
    user = User.objects.create_user(f"{name}@example.com", password=PASSWORD)
    # Not by the service: that people belong here is nothing that a test's audit log shall tell.
    Membership.objects.create(account=account, user=user, role=role)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin_user_(account: Account) -> User:
    return make_person("admin", account, Role.ADMIN)


@pytest.fixture
def member(account: Account) -> User:
    return make_person("member", account, Role.MEMBER)


@pytest.fixture
def viewer(account: Account) -> User:
    return make_person("viewer", account, Role.VIEWER)


@pytest.fixture
def outsider(other_account: Account) -> User:
    """An admin, but of another account."""
    return make_person("outsider", other_account, Role.ADMIN)


@pytest.fixture
def admin_client_(admin_user_: User) -> Client:
    return signed_in(admin_user_)


@pytest.fixture
def member_client(member: User) -> Client:
    return signed_in(member)


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    return signed_in(viewer)


@pytest.fixture
def outsider_client(outsider: User) -> Client:
    return signed_in(outsider)
