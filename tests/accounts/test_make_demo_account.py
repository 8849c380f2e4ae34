from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account, Role

pytestmark = pytest.mark.django_db


def make(**options: str) -> str:
    out = io.StringIO()
    call_command("make_demo_account", stdout=out, **options)
    return out.getvalue()


def test_it_makes_an_account_and_an_admin_who_can_sign_in(client: Client) -> None:
    make(time_zone="Europe/Berlin")
    account = Account.objects.get(account_id=100_000_000)
    form = {"username": "demo@example.com", "password": "partners-demo"}
    assert account.time_zone == "Europe/Berlin"
    assert account.memberships.get().role == Role.ADMIN
    assert all(feature.is_on(account) for feature in Feature)
    assert client.post("/login/", form).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_the_second_time_changes_nothing_and_tells_no_password() -> None:
    assert "a-first-secret" in make(password="a-first-secret")
    assert "a-first-secret" not in make(password="a-first-secret")
    assert Account.objects.count() == 1


def test_a_time_zone_that_does_not_exist_leaves_nothing() -> None:
    with pytest.raises(CommandError, match="is not a time zone"):
        make(time_zone="Mars/Olympus")
    assert not Account.objects.exists()


@override_settings(SANDBOX=False)
def test_it_refuses_outside_the_sandbox() -> None:
    with pytest.raises(CommandError, match="sandbox only"):
        make()
